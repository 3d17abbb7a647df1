#include "train/class_weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "nn/tensors.h"
#include "support/expect_error.h"

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

}  // namespace
}  // namespace ktrain
