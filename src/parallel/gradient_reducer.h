#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

struct ReducerOptions {
  std::int64_t bucket_bytes = std::int64_t{4} << 20;
  /// The bucket that is final first is smaller, so that the exchange starts early.
  std::int64_t first_bucket_bytes = std::int64_t{1} << 20;
};

/// Sums the flat gradients over all workers while backward still computes. The buffer is cut into buckets
/// from its end (the last layers', which backward finishes first) to its begin: a fixed partition that every
/// worker knows, whether it has samples or not. A bucket's all-reduce is started once all its elements are
/// final and all buckets before it were started, hence in the same order on every worker.
///
///     reducer.begin_step(gradients);
///     backward(… reducer.gradients_final(range) after each layer, reducer.progress() now and then …);
///     reducer.finish();
///
/// The communicator must outlive the reducer; the gradients stay until finish(). A step allocates nothing.
class GradientReducer {
 public:
  /// `count`: elements of the flat gradients.
  GradientReducer(Communicator& group, std::int64_t count, const ReducerOptions& options = {});

  /// `gradients` are those of this step. With `tree` they are the first plane of this rank's of a sum along
  /// it, and the others lie at multiples of `stride` elements behind. Every step ends with finish() before
  /// the next begins.
  void begin_step(std::span<float> gradients, const TreeShares* tree = nullptr, std::int64_t stride = 0);
  /// This worker's part of these elements will not change any more in this step; once per element, in any
  /// order. They belong to the reducer until finish().
  void gradients_final(Range range);
  /// Lets the exchange advance.
  void progress() { group_.progress(); }
  /// Takes everything not announced as final and waits for all sums: the gradients are then those of the
  /// global batch, the same on every worker. Throws CommError when a worker is lost.
  void finish();

  /// In the order in which they are started.
  std::span<const Range> buckets() const { return buckets_; }
  /// The time spent in the latest finish(): exchange that backward did not hide.
  double exposed_seconds() const { return exposed_seconds_; }

 private:
  void start_buckets_until(std::size_t end);

  Communicator& group_;
  std::int64_t count_;
  std::span<float> gradients_;
  const TreeShares* tree_ = nullptr;
  std::int64_t stride_ = 0;
  std::vector<Range> buckets_;
  /// Elements of each bucket that are not final yet.
  std::vector<std::int64_t> open_;
  std::vector<Communicator::Request> requests_;
  std::size_t started_ = 0;
  double exposed_seconds_ = 0;
};

}  // namespace ktrain
