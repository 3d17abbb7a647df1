#include "data/image_folder.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {".jpg", ".jpeg", ".png", ".bmp", ".gif"};

bool is_image(const fs::path& path) {
  std::string name = path.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); });
}

[[noreturn]] void cannot_read(const fs::path& path, const std::error_code& error) {
  throw Error(ExitCode::kNoInput, text("cannot read ", path.string(), ": ", error.message()));
}

/// The names in a folder, sorted.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) entries.push_back(*at);
  if (error) cannot_read(folder, error);
  std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path().native(); });
  return entries;
}

bool is_folder(const fs::directory_entry& entry, bool through_links) {
  std::error_code unreadable;
  return entry.is_directory(unreadable) && (through_links || !entry.is_symlink(unreadable));
}

/// All folders below, itself included.
void add_folders(const fs::path& folder, std::vector<std::string>& folders) {
  folders.push_back(folder.string());
  for (const fs::directory_entry& entry : entries_of(folder)) {
    if (is_folder(entry, false)) add_folders(entry.path(), folders);
  }
}

void add_images(const fs::path& root, int label, std::vector<ImageFolder::File>& files) {
  std::vector<std::string> folders;
  add_folders(root, folders);
  std::ranges::sort(folders);
  for (const std::string& folder : folders) {
    for (const fs::directory_entry& entry : entries_of(folder)) {
      if (!is_folder(entry, true) && is_image(entry.path())) files.push_back({entry.path().string(), label});
    }
  }
}

}  // namespace

ImageFolder index_image_folder(const std::string& directory, bool with_classes) {
  ImageFolder folder;
  if (!with_classes) {
    add_images(directory, 0, folder.files);
  } else {
    for (const fs::directory_entry& entry : entries_of(directory)) {
      const std::string name = entry.path().filename().string();
      if (!is_folder(entry, true) || name.starts_with('.')) continue;
      add_images(entry.path(), static_cast<int>(folder.classes.size()), folder.files);
      folder.classes.push_back(name);
    }
    if (folder.classes.empty()) {
      throw Error(ExitCode::kData, text(directory, ": holds no folders, one for each class"));
    }
  }
  if (folder.files.empty()) {
    throw Error(ExitCode::kData, text(directory, ": holds no .jpg, .jpeg or .png images"));
  }
  return folder;
}

}  // namespace ktrain
