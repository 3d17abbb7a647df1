#include "parallel/gradient_reducer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "comm/threads/run_ranks.h"
#include "ktrain/core/error.h"
#include "parallel/reducer_steps.h"

namespace ktrain {
namespace {

constexpr ReducerOptions kSmallBuckets{.bucket_bytes = 40, .first_bucket_bytes = 12};

/// A group of one that notes which elements of a buffer it was asked to reduce.
class RecordingCommunicator final : public Communicator {
 public:
  explicit RecordingCommunicator(const float* buffer) : buffer_(buffer) {}

  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::string host() const override { return "here"; }
  std::string transport() const override { return "recording"; }
  std::unique_ptr<Communicator> duplicate() override { return make_self_communicator(); }
  Request all_reduce_start(void* data, std::int64_t count, DType, ReduceOp) override {
    const std::int64_t begin = static_cast<float*>(data) - buffer_;
    started.push_back({begin, begin + count});
    return {0};
  }
  Request tree_sum_start(const TreeShares&, void* data, std::int64_t count, std::int64_t, DType) override {
    return all_reduce_start(data, count, DType::kFloat32, ReduceOp::kSum);
  }
  Request broadcast_start(void*, std::int64_t, int) override { return {0}; }
  Request barrier_start() override { return {0}; }
  Request gather_start(std::span<const std::byte>, std::span<std::byte>, std::span<const std::int64_t>,
                       int) override {
    return {0};
  }
  bool test(Request) override { return true; }
  void progress() override {}
  void abort(int) override { std::abort(); }

  std::vector<Range> started;

 private:
  std::string describe(Request) const override { return ""; }

  const float* buffer_;
};

bool same(std::span<const Range> a, std::span<const Range> b) {
  return std::ranges::equal(a, b, [](Range x, Range y) { return x.begin == y.begin && x.end == y.end; });
}

TEST(GradientReducer, CutsFromTheEnd) {
  std::vector<float> gradients(25);
  RecordingCommunicator group(gradients.data());
  const GradientReducer reducer(group, std::ssize(gradients), kSmallBuckets);
  EXPECT_TRUE(same(reducer.buckets(), std::vector<Range>{{22, 25}, {12, 22}, {2, 12}, {0, 2}}));
}

TEST(GradientReducer, StartsABucketOnceItIsFinal) {
  std::vector<float> gradients(25);
  RecordingCommunicator group(gradients.data());
  GradientReducer reducer(group, std::ssize(gradients), kSmallBuckets);
  reducer.begin_step(gradients);
  reducer.gradients_final({20, 24});
  EXPECT_EQ(group.started.size(), 0u);
  reducer.gradients_final({24, 25});
  EXPECT_EQ(group.started.size(), 1u);
  reducer.gradients_final({0, 12});  // the buckets behind the one that is still open wait for it
  EXPECT_EQ(group.started.size(), 1u);
  reducer.gradients_final({12, 20});
  EXPECT_TRUE(same(group.started, reducer.buckets()));
  reducer.finish();
  EXPECT_EQ(group.started.size(), 4u);
}

TEST(GradientReducer, StartsInOneOrderWhateverIsAnnounced) {
  std::vector<float> gradients(500);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    RecordingCommunicator group(gradients.data());
    GradientReducer reducer(group, std::ssize(gradients), kSmallBuckets);
    reducer.begin_step(gradients);
    for (const Range range : random_announcements(500, seed)) reducer.gradients_final(range);
    EXPECT_TRUE(same(group.started, reducer.buckets()));
  }
}

TEST(GradientReducer, RefusesAnElementAnnouncedTwice) {
  std::vector<float> gradients(25);
  const auto group = make_self_communicator();
  GradientReducer reducer(*group, std::ssize(gradients), kSmallBuckets);
  reducer.begin_step(gradients);
  reducer.gradients_final({0, 5});
  EXPECT_THROW(reducer.gradients_final({0, 12}), Error);
  EXPECT_THROW(reducer.gradients_final({20, 26}), Error);
}

TEST(GradientReducer, SumsOverRanks) {
  for (const int ranks : {1, 2, 3, 5, 8}) {
    run_ranks(ranks, [](Communicator& group) {
      for (const std::int64_t count : {0, 1, 3, 13, 14, 700}) expect_reduced(group, count, kSmallBuckets);
      expect_reduced(group, 5000, {});
    });
  }
}

}  // namespace
}  // namespace ktrain
