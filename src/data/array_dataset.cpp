#include "data/array_dataset.h"

#include <utility>

#include "core/check.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

void require_samples(const StoredArray& array) {
  const auto rank = static_cast<int>(array.dims.size());
  if (rank == 0)
    throw Error(ExitCode::kData, text(array.name, ": a single number, not a row for each sample"));
  // A batch has one dimension more than a sample; an array has it already.
  if (rank > Shape::kMaxRank) {
    throw Error(ExitCode::kData, text(array.name, ": ", rank, " dimensions, at most ", Shape::kMaxRank));
  }
  if (array.dims[0] == 0) throw Error(ExitCode::kData, text(array.name, ": holds no samples"));
}

void require_scalars(StoredArray& weights) {
  if (weights.row_elements() != 1) {
    throw Error(ExitCode::kData, text(weights.name, ": sample weights of shape ", Shape(weights.dims),
                                      ", not one number for each sample"));
  }
  weights.dims.resize(1);
}

class ArrayDataset : public Dataset {
 public:
  ArrayDataset(std::string name, std::vector<ArrayField> fields) : name_(std::move(name)) {
    KTRAIN_CHECK(!fields.empty(), name_);
    for (ArrayField& field : fields) add(std::move(field));
  }

  std::string name() const override { return name_; }
  std::int64_t size() const override { return arrays_.front().dims[0]; }
  std::span<const FieldSpec> fields() const override { return specs_; }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    KTRAIN_CHECK(rows.size() == arrays_.size(), rows.size(), " views for ", arrays_.size(), " fields");
    for (std::size_t field = 0; field < arrays_.size(); ++field) {
      const StoredArray& array = arrays_[field];
      auto* to = static_cast<std::byte*>(rows[field].address());
      const std::size_t row_bytes =
          static_cast<std::size_t>(array.row_elements()) * size_of(specs_[field].dtype);
      for (const std::int64_t index : indices) {
        array.read_row(index, to);
        to += row_bytes;
      }
    }
  }

 private:
  void add(ArrayField field) {
    StoredArray& array = field.array;
    require_samples(array);
    if (field.role == Role::kSampleWeight) require_scalars(array);
    if (!arrays_.empty() && array.dims[0] != size()) {
      throw Error(ExitCode::kData, text(array.name, ": ", array.dims[0], " samples, but ",
                                        arrays_.front().name, " has ", size()));
    }
    specs_.push_back({field.name, field.role, array.dtype(), Shape(array.dims).sample()});
    arrays_.push_back(std::move(array));
  }

  std::string name_;
  std::vector<FieldSpec> specs_;
  std::vector<StoredArray> arrays_;
};

}  // namespace

std::shared_ptr<const Dataset> make_array_dataset(std::string name, std::vector<ArrayField> fields) {
  return std::make_shared<ArrayDataset>(std::move(name), std::move(fields));
}

}  // namespace ktrain
