#include <filesystem>

#include "core/text.h"
#include "data/array_dataset.h"
#include "data/sources.h"
#include "io/idx.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kFashionMnist = "/usr/share/datasets/fashion-mnist";  // Debian's dataset-fashion-mnist

/// The array DIRECTORY/NAME or DIRECTORY/NAME.gz, of `rank` dimensions.
StoredArray open_ranked(const std::filesystem::path& directory, const std::string& name, std::size_t rank) {
  std::string path = (directory / name).string();
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) path += ".gz";
  if (!std::filesystem::exists(path, unreadable)) {
    throw Error(ExitCode::kNoInput, text("cannot read ", (directory / name).string(), "[.gz]: no such file"));
  }
  StoredArray array = open_idx(path);
  if (array.dims.size() != rank) {
    throw Error(ExitCode::kData,
                text(path, ": wrong magic: ", array.dims.size(), " dimensions instead of ", rank));
  }
  return array;
}

}  // namespace

std::shared_ptr<const Dataset> open_idx_dataset(Specification& specification) {
  const std::string directory = specification.path().empty() ? kFashionMnist : specification.path();
  const std::string split = specification.take("split").value_or("train");
  if (split != "train" && split != "test") {
    specification.refuse(text("option 'split' is '", split, "', not train or test"));
  }
  const std::string prefix = split == "train" ? "train" : "t10k";
  StoredArray images = open_ranked(directory, prefix + "-images-idx3-ubyte", 3);
  StoredArray labels = open_ranked(directory, prefix + "-labels-idx1-ubyte", 1);
  images.dims.push_back(1);
  return make_array_dataset(specification.whole(), {{"", FieldSpec::Role::kInput, std::move(images)},
                                                    {"", FieldSpec::Role::kTarget, std::move(labels)}});
}

}  // namespace ktrain
