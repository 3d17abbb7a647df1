#include <mutex>
#include <utility>

#include "core/check.h"
#include "data/field_names.h"
#include "data/sources.h"
#include "io/hdf5.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// The arrays of a file: the root's datasets, and those of its groups as "group/dataset".
std::vector<std::string> array_paths(const H5Reader& file) {
  std::vector<std::string> paths;
  for (const std::string& name : file.list("")) {
    if (!file.is_group(name)) {
      paths.push_back(name);
      continue;
    }
    for (const std::string& member : file.list(name)) paths.push_back(name + "/" + member);
  }
  return paths;
}

class Hdf5Dataset : public Dataset {
 public:
  Hdf5Dataset(std::string name, const std::string& path) : name_(std::move(name)), file_(path) {
    std::vector<FieldName> names;
    for (const std::string& array : array_paths(file_)) {
      names.push_back(require_field_name(path, array));
      add(array, names.back());
    }
    require_consistent(path, names);
  }

  std::string name() const override { return name_; }
  std::int64_t size() const override { return size_; }
  std::span<const FieldSpec> fields() const override { return specs_; }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    KTRAIN_CHECK(rows.size() == specs_.size(), rows.size(), " views for ", specs_.size(), " fields");
    const std::lock_guard lock(mutex_);
    for (std::size_t begin = 0; begin < indices.size();) {
      std::size_t end = begin + 1;
      while (end < indices.size() && indices[end] == indices[end - 1] + 1) ++end;
      KTRAIN_CHECK(0 <= indices[begin] && indices[end - 1] < size_, "sample ", indices[begin], " of ", size_);
      for (std::size_t i = 0; i < specs_.size(); ++i) {
        const TensorView to = rows[i].rows(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
        file_.read_rows(paths_[i], indices[begin], indices[end - 1] + 1, to.address(), specs_[i].dtype);
      }
      begin = end;
    }
  }

 private:
  void add(const std::string& path, const FieldName& name) {
    const H5Array array = file_.info(path);
    const auto refuse = [&](const auto&... why) {
      throw Error(ExitCode::kData, text(file_.file(), ": '", path, "': ", why...));
    };
    if (array.dims.empty()) refuse("a single number, not a row for each sample");
    if (std::ssize(array.dims) > Shape::kMaxRank) {
      refuse(array.dims.size(), " dimensions, at most ", Shape::kMaxRank);
    }
    if (array.dims[0] == 0) refuse("holds no samples");
    if (size_ != 0 && array.dims[0] != size_) {
      refuse(array.dims[0], " samples, but '", paths_.front(), "' has ", size_);
    }
    size_ = array.dims[0];
    Shape sample = Shape(array.dims).sample();
    if (name.role == FieldSpec::Role::kSampleWeight) {
      if (sample.elements() != 1) refuse("sample weights of shape ", Shape(array.dims));
      sample = Shape{};
    }
    specs_.push_back({name.name, name.role, array.dtype, sample});
    paths_.push_back(path);
  }

  std::string name_;
  H5Reader file_;
  std::int64_t size_ = 0;
  std::vector<FieldSpec> specs_;
  std::vector<std::string> paths_;
  mutable std::mutex mutex_;  ///< a reader takes one thread at a time
};

}  // namespace

std::shared_ptr<const Dataset> open_hdf5_dataset(Specification& specification) {
  return std::make_shared<Hdf5Dataset>(specification.whole(), specification.path());
}

}  // namespace ktrain
