#pragma once

#include <string>
#include <vector>

namespace ktrain {

/// The images below a folder in the order of keras.utils.index_directory: the folder's own folders, sorted
/// and without hidden ones, are the classes; within a class folders are walked in the order of their paths
/// (links to folders are not), and a folder's files in the order of their names. Names sort by their bytes.
struct ImageFolder {
  struct File {
    std::string path;
    int label = 0;
  };
  std::vector<std::string> classes;
  std::vector<File> files;  ///< those that end in .jpg, .jpeg, .png, .bmp or .gif, in any case
};

/// Without `with_classes` all images below the folder, with label 0. Throws Error{kNoInput} for a folder that
/// cannot be read, Error{kData} when it holds no class or no image.
ImageFolder index_image_folder(const std::string& directory, bool with_classes);

}  // namespace ktrain
