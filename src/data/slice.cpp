#include <utility>

#include "core/check.h"
#include "ktrain/data/dataset.h"

namespace ktrain {
namespace {

void require_range(const Dataset& dataset, std::int64_t begin, std::int64_t end) {
  KTRAIN_CHECK(0 <= begin && begin < end && end <= dataset.size(), "samples ", begin, " to ", end, " of ",
               dataset.size());
}

class Slice : public Dataset {
 public:
  Slice(std::shared_ptr<const Dataset> dataset, std::int64_t begin, std::int64_t end)
      : dataset_(std::move(dataset)), begin_(begin), end_(end) {
    require_range(*dataset_, begin, end);
  }

  std::string name() const override { return text(dataset_->name(), " samples ", begin_, " to ", end_ - 1); }
  std::int64_t size() const override { return end_ - begin_; }
  std::span<const FieldSpec> fields() const override { return dataset_->fields(); }

  std::shared_ptr<const Dataset> cut(std::int64_t begin, std::int64_t end) const {
    return std::make_shared<Slice>(dataset_, begin_ + begin, begin_ + end);
  }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    // Grows to the largest batch, then stays. One is enough, since slices are never nested.
    thread_local std::vector<std::int64_t> shifted;
    shifted.assign(indices.begin(), indices.end());
    for (std::int64_t& index : shifted) {
      KTRAIN_CHECK(0 <= index && index < size(), "sample ", index, " of ", size());
      index += begin_;
    }
    dataset_->read(shifted, rows);
  }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::int64_t begin_;
  std::int64_t end_;
};

}  // namespace

std::shared_ptr<const Dataset> slice(std::shared_ptr<const Dataset> dataset, std::int64_t begin,
                                     std::int64_t end) {
  if (const auto* whole = dynamic_cast<const Slice*>(dataset.get())) {
    require_range(*whole, begin, end);
    return whole->cut(begin, end);
  }
  return std::make_shared<Slice>(std::move(dataset), begin, end);
}

}  // namespace ktrain
