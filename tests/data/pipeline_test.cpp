#include "data/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <deque>
#include <limits>
#include <set>
#include <thread>

#include "data/synthetic.h"
#include "fake_dataset.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::array_of;
using testing::expect_error;

/// Sample i: input (i, i+1) as bytes, target i, weight i / 2.
std::shared_ptr<const Dataset> counting_dataset(std::int64_t size) {
  std::vector<std::uint8_t> inputs;
  std::vector<std::int64_t> targets;
  std::vector<double> weights;
  for (std::int64_t i = 0; i < size; ++i) {
    inputs.push_back(static_cast<std::uint8_t>(i));
    inputs.push_back(static_cast<std::uint8_t>(i + 1));
    targets.push_back(i);
    weights.push_back(static_cast<double>(i) / 2);
  }
  return make_array_dataset("counting", {{"", Role::kInput, array_of("x", 'u', inputs, {size, 2})},
                                         {"", Role::kTarget, array_of("y", 'i', targets, {size})},
                                         {"", Role::kSampleWeight, array_of("w", 'f', weights, {size})}});
}

Pipeline::NextShare shares_of(std::vector<Share> shares) {
  return [queue = std::deque<Share>(shares.begin(), shares.end())]() mutable -> std::optional<Share> {
    if (queue.empty()) return std::nullopt;
    const Share share = queue.front();
    queue.pop_front();
    return share;
  };
}

TEST(Pipeline, HandsOutSharesInOrderConverted) {
  const auto dataset = counting_dataset(100);
  const Sampler sampler(100, 3, true);
  std::vector<Share> shares;
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    for (std::int64_t begin = 0; begin < 100; begin += 7) {
      shares.push_back({epoch, {begin, std::min<std::int64_t>(begin + 7, 100)}});
    }
  }
  for (const int threads : {1, 3}) {
    Pipeline pipeline(dataset, sampler, shares_of(shares), {.depth = 4, .threads = threads});
    for (const Share& share : shares) {
      const Batch* batch = pipeline.next();
      ASSERT_NE(batch, nullptr);
      ASSERT_EQ(batch->share.epoch, share.epoch);
      ASSERT_EQ(batch->share.positions.begin, share.positions.begin);
      ASSERT_EQ(batch->rows(), share.rows());
      ASSERT_EQ(batch->fields[0].shape(), (Shape{share.rows(), 2}));
      ASSERT_EQ(batch->fields[1].shape(), Shape{share.rows()});
      for (std::int64_t row = 0; row < batch->rows(); ++row) {
        const std::int64_t index = sampler.index(share.epoch, share.positions.begin + row);
        EXPECT_EQ(batch->fields[0].data<float>()[2 * row], static_cast<float>(index));
        EXPECT_EQ(batch->fields[0].data<float>()[2 * row + 1], static_cast<float>(index + 1));
        EXPECT_EQ(batch->fields[1].data<std::int64_t>()[row], index);
        EXPECT_EQ(batch->fields[2].data<float>()[row], static_cast<float>(index) / 2);
      }
    }
    EXPECT_EQ(pipeline.next(), nullptr);
    EXPECT_EQ(pipeline.next(), nullptr);
  }
}

TEST(Pipeline, LeavesBytesWhereItIsTold) {
  Pipeline pipeline(counting_dataset(50), Sampler(50, 0, false), shares_of({{0, {7, 10}}}),
                    {.dtypes = {DType::kUint8, DType::kInt64, DType::kFloat32}});
  const Batch* batch = pipeline.next();
  const auto bytes = batch->fields[0].span<std::uint8_t>();
  EXPECT_EQ(std::vector<int>(bytes.begin(), bytes.end()), (std::vector<int>{7, 8, 8, 9, 9, 10}));
  EXPECT_EQ(batch->fields[2].span<float>()[1], 4.0F);
}

/// Two samples of three token ids of type T, the last one `last`.
template <typename T>
std::shared_ptr<const Dataset> token_dataset(T last) {
  const std::vector<T> ids = {0, 1, 16777216, -16777216, 5, last};
  return make_array_dataset("tokens", {{"ids", Role::kInput, array_of("x", 'i', ids, {2, 3})}});
}

TEST(Pipeline, TokensArriveAsWholeNumbers) {
  const auto expect_tokens = [](const std::shared_ptr<const Dataset>& dataset) {
    Pipeline pipeline(dataset, Sampler(2, 0, false), shares_of({{0, {0, 2}}}));
    const auto row = pipeline.next()->fields[0].span<float>();
    EXPECT_EQ(std::vector<float>(row.begin(), row.end()),
              (std::vector<float>{0, 1, 16777216, -16777216, 5, 7}));
  };
  expect_tokens(token_dataset<std::int64_t>(7));
  expect_tokens(token_dataset<std::int32_t>(7));
  for (const auto& dataset : {token_dataset<std::int64_t>(16777217), token_dataset<std::int32_t>(16777217)}) {
    Pipeline pipeline(dataset, Sampler(2, 0, false), shares_of({{0, {0, 2}}}));
    expect_error(
        ExitCode::kData, [&] { pipeline.next(); },
        "tokens: sample 1: input 'ids' is 16777217 at element 2: whole numbers beyond 16777216 are not "
        "exact");
  }
}

TEST(Pipeline, SharesMayBeEmptyAndGrow) {
  Pipeline pipeline(counting_dataset(50), Sampler(50, 0, false),
                    shares_of({{0, {3, 3}}, {0, {0, 2}}, {0, {10, 50}}, {0, {50, 50}}, {1, {4, 5}}}),
                    {.depth = 1});
  for (const std::int64_t rows : {0, 2, 40, 0, 1}) {
    const Batch* batch = pipeline.next();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->rows(), rows);
    for (const auto& field : batch->fields) EXPECT_EQ(field.shape()[0], rows);
    if (rows == 40) {
      EXPECT_EQ(batch->fields[1].data<std::int64_t>()[39], 49);
    }
  }
  EXPECT_EQ(pipeline.next(), nullptr);
}

TEST(Pipeline, UsesItsBuffersAgain) {
  std::vector<Share> shares(100, Share{0, {0, 8}});
  Pipeline pipeline(counting_dataset(50), Sampler(50, 0, true), shares_of(shares), {.depth = 3});
  std::set<const void*> addresses;
  while (const Batch* batch = pipeline.next()) addresses.insert(batch->fields[0].address());
  EXPECT_EQ(addresses.size(), 4U);
}

TEST(Pipeline, ReadsAheadByItsDepthOnly) {
  int asked = 0;
  Pipeline pipeline(counting_dataset(50), Sampler(50, 0, true),
                    [&]() -> std::optional<Share> {
                      ++asked;
                      return Share{0, {0, 4}};
                    },
                    {.depth = 2});
  for (int step = 1; step < 20; ++step) {
    pipeline.next();
    EXPECT_EQ(asked, step + 2);
  }
}

TEST(Pipeline, NamesTheSampleThatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const auto dataset_with = [](float x, float y) {
    return make_array_dataset("made.npz",
                              {{"left", Role::kInput, array_of<float>("x", 'f', {0, 1, 2, 3, x, 5}, {3, 2})},
                               {"", Role::kTarget, array_of<double>("y", 'f', {0, double{y}, 2}, {3})}});
  };
  const auto read = [&](float x, float y) {
    Pipeline pipeline(dataset_with(x, y), Sampler(3, 0, false), shares_of({{0, {0, 1}}, {0, {1, 3}}}));
    EXPECT_EQ(pipeline.next()->rows(), 1);
    EXPECT_EQ(pipeline.next()->rows(), 2);
  };
  read(4, 1);
  expect_error(
      ExitCode::kData, [&] { read(nan, 1); }, "made.npz: sample 2: input 'left' is not finite: nan",
      "element 0");
  expect_error(
      ExitCode::kData, [&] { read(4, -infinity); }, "sample 1: target is not finite: -inf");
}

/// Fails to read sample `bad`; counts readers at a time.
class Failing : public Dataset {
 public:
  explicit Failing(std::int64_t bad) : bad_(bad) {}
  std::string name() const override { return "failing"; }
  std::int64_t size() const override { return 100; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView>) const override {
    most_readers = std::max(most_readers.load(), ++readers_);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    --readers_;
    for (const std::int64_t index : indices) {
      if (index == bad_) throw Error(ExitCode::kNoInput, "sample 42 is gone");
    }
  }
  mutable std::atomic<int> most_readers = 0;

 private:
  std::int64_t bad_;
  mutable std::atomic<int> readers_ = 0;
  std::vector<FieldSpec> fields_ = {{"", Role::kInput, DType::kFloat32, Shape{3}}};
};

TEST(Pipeline, ErrorsOfTasksComeOutOfNext) {
  std::vector<Share> shares;
  for (std::int64_t begin = 0; begin < 100; begin += 10) shares.push_back({0, {begin, begin + 10}});
  Pipeline pipeline(std::make_shared<Failing>(42), Sampler(100, 0, false), shares_of(shares));
  for (int step = 0; step < 4; ++step) EXPECT_EQ(pipeline.next()->share.positions.begin, 10 * step);
  expect_error(
      ExitCode::kNoInput, [&] { pipeline.next(); }, "sample 42 is gone");
}

TEST(Pipeline, KeepsToItsThreads) {
  const auto dataset = std::make_shared<Failing>(-1);
  std::vector<Share> shares(40, Share{0, {0, 10}});
  Pipeline pipeline(dataset, Sampler(100, 0, false), shares_of(shares), {.depth = 8, .threads = 1});
  while (pipeline.next() != nullptr) continue;
  EXPECT_EQ(dataset->most_readers, 1);
  EXPECT_GT(pipeline.waited_seconds(), 0);
}

TEST(Pipeline, EndsWithBatchesUnderWay) {
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<Share> shares(40, Share{0, {0, 10}});
    Pipeline pipeline(std::make_shared<Failing>(-1), Sampler(100, 0, false), shares_of(shares), {.depth = 5});
    if (repeat % 2 == 0) pipeline.next();
  }
}

TEST(BatchDtype, FollowsTheRole) {
  const auto dtype = [](Role role, DType stored) { return batch_dtype({"", role, stored, Shape{}}); };
  EXPECT_EQ(dtype(Role::kInput, DType::kUint8), DType::kFloat32);
  EXPECT_EQ(dtype(Role::kInput, DType::kFloat64), DType::kFloat32);
  EXPECT_EQ(dtype(Role::kTarget, DType::kUint8), DType::kUint8);
  EXPECT_EQ(dtype(Role::kTarget, DType::kInt64), DType::kInt64);
  EXPECT_EQ(dtype(Role::kTarget, DType::kFloat64), DType::kFloat32);
  EXPECT_EQ(dtype(Role::kSampleWeight, DType::kInt32), DType::kFloat32);
}

}  // namespace
}  // namespace ktrain
