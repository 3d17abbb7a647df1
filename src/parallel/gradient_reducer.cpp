#include "parallel/gradient_reducer.h"

#include <algorithm>
#include <chrono>

#include "core/check.h"
#include "parallel/step_trees.h"

namespace ktrain {
namespace {

std::int64_t elements_of(std::int64_t bytes) {
  return std::max<std::int64_t>(bytes / static_cast<std::int64_t>(sizeof(float)), 1);
}

std::vector<Range> cut_from_the_end(std::int64_t count, const ReducerOptions& options) {
  std::vector<Range> buckets;
  std::int64_t size = elements_of(std::min(options.first_bucket_bytes, options.bucket_bytes));
  for (std::int64_t end = count; end > 0; end = buckets.back().begin) {
    buckets.push_back({std::max<std::int64_t>(end - size, 0), end});
    size = elements_of(options.bucket_bytes);
  }
  return buckets;
}

}  // namespace

GradientReducer::GradientReducer(Communicator& group, std::int64_t count, const ReducerOptions& options)
    : group_(group),
      count_(count),
      buckets_(cut_from_the_end(count, options)),
      open_(buckets_.size()),
      requests_(buckets_.size()) {}

void GradientReducer::begin_step(std::span<float> gradients, const TreeShares* tree, std::int64_t stride) {
  KTRAIN_CHECK(std::ssize(gradients) == count_, gradients.size(), " gradients of ", count_);
  gradients_ = gradients;
  tree_ = tree;
  stride_ = stride;
  std::ranges::transform(buckets_, open_.begin(), &Range::size);
  started_ = 0;
}

void GradientReducer::gradients_final(Range range) {
  KTRAIN_CHECK(0 <= range.begin && range.begin <= range.end && range.end <= count_, "elements ", range.begin,
               " to ", range.end, " of ", count_);
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::int64_t shared =
        std::min(range.end, buckets_[i].end) - std::max(range.begin, buckets_[i].begin);
    if (shared <= 0) continue;
    open_[i] -= shared;
    KTRAIN_CHECK(open_[i] >= 0, "elements announced twice between ", range.begin, " and ", range.end);
  }
  std::size_t ready = started_;
  while (ready < open_.size() && open_[ready] == 0) ++ready;
  start_buckets_until(ready);
}

void GradientReducer::start_buckets_until(std::size_t end) {
  for (; started_ < end; ++started_) {
    const Range bucket = buckets_[started_];
    requests_[started_] =
        sum_start(group_, tree_, gradients_.data() + bucket.begin, bucket.size(), stride_, DType::kFloat32);
  }
}

void GradientReducer::finish() {
  const auto start = std::chrono::steady_clock::now();
  KTRAIN_CHECK(std::ssize(gradients_) == count_, "a step that did not begin");
  start_buckets_until(buckets_.size());
  for (const Communicator::Request request : requests_) group_.wait(request);
  exposed_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace ktrain
