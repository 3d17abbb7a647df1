#include "train/sample_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/threads/run_ranks.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

/// Targets of any form for the samples; the inputs are never looked at.
class Targets final : public Dataset {
 public:
  using Write = std::function<void(std::int64_t sample, std::int64_t row, const TensorView& rows)>;
  Targets(std::int64_t size, DType dtype, const Shape& shape, Write write)
      : size_(size),
        write_(std::move(write)),
        fields_({{"", FieldSpec::Role::kInput, DType::kFloat32, {2}},
                 {"", FieldSpec::Role::kTarget, dtype, shape}}) {}
  void add_target() { fields_.push_back(fields_.back()); }
  void drop_target() { fields_.pop_back(); }

  std::string name() const override { return "targets"; }
  std::int64_t size() const override { return size_; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      write_(indices[i], static_cast<std::int64_t>(i), rows[1]);
    }
  }

 private:
  std::int64_t size_;
  Write write_;
  std::vector<FieldSpec> fields_;
};

constexpr std::int64_t kSamples = 1003;

/// 3 for each tenth sample, else 0 or 1.
std::int64_t class_of_sample(std::int64_t sample) {
  return sample % 10 == 0 ? 3 : sample % 2;
}

template <typename T>
Targets numbers(DType dtype, std::int64_t factor = 1) {
  return {kSamples, dtype, {}, [factor](std::int64_t sample, std::int64_t row, const TensorView& rows) {
            rows.data<T>()[row] = static_cast<T>(factor * class_of_sample(sample));
          }};
}

Targets one_hot(float hot = 1) {
  return {
      kSamples, DType::kFloat32, {4}, [hot](std::int64_t sample, std::int64_t row, const TensorView& rows) {
        for (std::int64_t c = 0; c < 4; ++c) {
          rows.data<float>()[4 * row + c] = c == class_of_sample(sample) ? hot : (1 - hot) / 3;
        }
      }};
}

const Model& any_model() {
  static const Architecture architecture =
      architecture_from_json(R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2]}}]}})");
  return architecture.model;
}

SampleOrder order_of(Communicator& group, const Dataset& dataset, Stratify stratify) {
  return sample_order(group, any_model(), dataset, {.global_batch = 8, .seed = 3, .stratify = stratify});
}

std::vector<std::int64_t> second_epoch(const Sampler& sampler) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(sampler.size()));
  sampler.indices(1, 0, order);
  return order;
}

TEST(SampleOrder, FollowsTheClassesOnEveryRank) {
  const auto self = make_self_communicator();
  const auto expected =
      second_epoch(order_of(*self, numbers<std::int64_t>(DType::kInt64), Stratify::kBalanced).sampler);
  std::vector<int> counts(4);
  for (std::size_t i = 0; i < 300; ++i) ++counts[static_cast<std::size_t>(class_of_sample(expected[i]))];
  EXPECT_EQ(counts, (std::vector<int>{100, 100, 0, 100}));
  for (const int ranks : {1, 2, 3, 5, 8}) {
    run_ranks(ranks, [&](Communicator& group) {
      EXPECT_EQ(
          second_epoch(order_of(group, numbers<std::int64_t>(DType::kInt64), Stratify::kBalanced).sampler),
          expected);
    });
  }
}

TEST(SampleOrder, TakesNumbersAndOneHotRowsAlike) {
  const auto self = make_self_communicator();
  const auto order = [&](const Dataset& dataset) {
    return second_epoch(order_of(*self, dataset, Stratify::kProportional).sampler);
  };
  const auto expected = order(numbers<std::int64_t>(DType::kInt64));
  EXPECT_EQ(order(numbers<std::int64_t>(DType::kInt64, 1000000)), expected);
  EXPECT_EQ(order(numbers<std::uint8_t>(DType::kUint8)), expected);
  EXPECT_EQ(order(numbers<float>(DType::kFloat32)), expected);
  EXPECT_EQ(order(one_hot()), expected);
  EXPECT_EQ(order(one_hot(0.7F)), expected);
}

TEST(SampleOrder, FewerSamplesThanRanks) {
  const Targets two(2, DType::kUint8, {}, [](std::int64_t sample, std::int64_t row, const TensorView& rows) {
    rows.data<std::uint8_t>()[row] = static_cast<std::uint8_t>(sample);
  });
  run_ranks(5, [&](Communicator& group) {
    auto order = second_epoch(order_of(group, two, Stratify::kBalanced).sampler);
    std::ranges::sort(order);
    EXPECT_EQ(order, (std::vector<std::int64_t>{0, 1}));
  });
}

// 1003 samples: 101 multiples of 10, 401 other even numbers, 501 odd ones; each class has 334.3 places.
TEST(SampleOrder, SaysHowOftenSamplesAreSeen) {
  const auto self = make_self_communicator();
  const auto note = [&](const Dataset& dataset, Stratify mode) {
    return order_of(*self, dataset, mode).note;
  };
  EXPECT_EQ(note(one_hot(), Stratify::kOff), "");
  EXPECT_EQ(note(one_hot(), Stratify::kProportional),
            "stratify proportional: every batch has the shares of 3 classes, of 101 to 501 samples");
  EXPECT_EQ(note(one_hot(), Stratify::kBalanced),
            "stratify balanced: 3 classes; an epoch shows each sample of class 3 (of 101) 3.31 times, "
            "class 0 (of 401) 0.834 times, class 1 (of 501) 0.667 times");
  const Targets many(kSamples, DType::kInt32, {},
                     [](std::int64_t sample, std::int64_t row, const TensorView& rows) {
                       rows.data<std::int32_t>()[row] = static_cast<std::int32_t>(sample < 903 ? 7 : sample);
                     });
  EXPECT_EQ(note(many, Stratify::kBalanced),
            "stratify balanced: 101 classes; an epoch shows each sample of class 903 (of 1) 9.93 times "
            "to class 7 (of 903) 0.011 times");
}

TEST(SampleOrder, TargetsWithoutClassesAreRefused) {
  const auto refuse = [](const Dataset& dataset, const std::string& what) {
    for (const int ranks : {1, 3}) {
      testing::expect_error(
          ExitCode::kConfiguration,
          [&] {
            run_ranks(ranks, [&](Communicator& group) { order_of(group, dataset, Stratify::kProportional); });
          },
          what);
    }
  };
  const auto constant = [](const Shape& shape, std::vector<float> values) {
    return Targets(40, DType::kFloat32, shape,
                   [values](std::int64_t, std::int64_t row, const TensorView& rows) {
                     std::ranges::copy(values, rows.data<float>() + row * std::ssize(values));
                   });
  };
  const std::string classes =
      "targets: classes to stratify by are targets that are whole numbers or one-hot; ";
  refuse(constant({}, {0.5F}), classes + "that of sample 0 is 0.5");
  refuse(constant({}, {NAN}), classes + "that of sample 0 is nan");
  refuse(constant({3}, {1, 0, 1}), classes + "that of sample 0 is neither");
  refuse(constant({3}, {0, 0, 0}), classes + "that of sample 0 is neither");
  refuse(constant({3}, {7, 2, 5}), classes + "that of sample 0 is neither");
  refuse(constant({2}, {0.5F, 0.5F}), classes + "that of sample 0 is neither");
  refuse(constant({2}, {NAN, 1}), classes + "that of sample 0 is neither");
  refuse(constant({2, 2}, {1, 0, 0, 0}), classes + "these have the shape (2, 2)");
  Targets several = one_hot();
  several.add_target();
  refuse(several, "classes to stratify by are for data with one target");
  several.drop_target();
  several.drop_target();
  refuse(several, "classes to stratify by need data with a target");
}

}  // namespace
}  // namespace ktrain
