#include "train/class_weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "comm/threads/run_ranks.h"
#include "nn/tensors.h"
#include "support/expect_error.h"
#include "train/class_counts.h"

namespace ktrain {
namespace {

const std::map<std::int64_t, double> kFactors = {{0, 0.5}, {2, 3}, {-1, 7}};

/// The weights of samples with these targets; `sample` is a target's shape.
std::vector<float> weights(const Tensor& targets, const Shape& sample, const Tensor& given = {},
                           bool classes = false) {
  ClassWeights all(kFactors, sample, classes);
  const LossInput input = {{}, targets.view(), given.view().empty() ? ConstTensorView() : given.view()};
  const auto found = all.weights(input).span<float>();
  return {found.begin(), found.end()};
}

using Floats = std::vector<float>;

TEST(ClassWeights, AreThoseOfTheTargetsClasses) {
  EXPECT_EQ(weights(tensor<std::int64_t>({4}, {2, 0, 1, -1}), {}), (Floats{3, 0.5F, 1, 7}));
  EXPECT_EQ(weights(tensor<std::uint8_t>({2, 1}, {2, 0}), {1}, {}, true), (Floats{3, 0.5F}));
  EXPECT_EQ(weights(tensor<float>({4}, {0.5F, 1.5F, 2.4F, -0.7F}), {}), (Floats{0.5F, 3, 3, 7}));
  EXPECT_EQ(weights(tensor<float>({1}, {std::numeric_limits<float>::infinity()}), {}), Floats{1});
}

TEST(ClassWeights, OneHotTargetsHaveTheFirstLargest) {
  EXPECT_EQ(weights(tensor<float>({3, 3}, {0, 0, 1, 0.4F, 0.3F, 0.3F, 0, 1, 1}), {3}), (Floats{3, 0.5F, 1}));
}

TEST(ClassWeights, MultiplySampleWeights) {
  const Tensor targets = tensor<std::int64_t>({2}, {2, 0});
  EXPECT_EQ(weights(targets, {}, tensor<float>({2}, {2, 4})), (Floats{6, 2}));
  EXPECT_EQ(weights(targets, {}, tensor<float>({2, 2}, {2, 1, 4, 3})), (Floats{6, 3, 2, 1.5F}));
}

TEST(ClassWeights, NeedOneClassForEachSample) {
  const auto refuse = [](const Shape& target, bool classes) {
    testing::expect_error(
        ExitCode::kConfiguration, [&] { ClassWeights(kFactors, target, classes); }, "class weights");
  };
  refuse({5}, true);
  refuse({5, 3}, false);
}

/// Sample i is of class i mod 4 − 1, but each tenth is of class 7.
class Classes final : public Dataset {
 public:
  std::string name() const override { return "classes"; }
  std::int64_t size() const override { return 1003; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      rows[1].data<std::int64_t>()[i] = indices[i] % 10 == 0 ? 7 : indices[i] % 4 - 1;
    }
  }

 private:
  std::vector<FieldSpec> fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {3}},
                                    {"", FieldSpec::Role::kTarget, DType::kInt64, {}}};
};

TEST(ClassCounts, AreThoseOfTheWholeDatasetOnEveryRank) {
  std::map<std::int64_t, std::int64_t> expected;
  for (int i = 0; i < 1003; ++i) ++expected[i % 10 == 0 ? 7 : i % 4 - 1];
  for (const int ranks : {1, 2, 3, 5, 8}) {
    run_ranks(ranks, [&](Communicator& group) { EXPECT_EQ(count_classes(group, Classes(), 1), expected); });
  }
}

// sklearn.utils.class_weight.compute_class_weight("balanced", classes=[-1, 0, 7], y=[-1]*6 + [0]*3 + [7]).
TEST(ClassCounts, BalancedWeightsMakeClassesCountAlike) {
  const auto weights = balanced_class_weights({{-1, 6}, {0, 3}, {7, 1}});
  EXPECT_DOUBLE_EQ(weights.at(-1), 10.0 / 18);
  EXPECT_DOUBLE_EQ(weights.at(0), 10.0 / 9);
  EXPECT_DOUBLE_EQ(weights.at(7), 10.0 / 3);
}

}  // namespace
}  // namespace ktrain
