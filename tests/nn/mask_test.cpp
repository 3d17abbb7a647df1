#include "ktrain/nn/layers/mask.h"

#include <gtest/gtest.h>

#include <limits>

#include "ktrain/nn/layers/embedding.h"
#include "ktrain/nn/layers/masking.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Mask, IsOneWhereTheInputDiffersFromTheValue) {
  LayerHarness harness(make_not_equal_mask("mask", 0, false), {Shape{3}});
  EXPECT_EQ(harness.output_shape(), Shape{3});
  EXPECT_FALSE(harness.layer().is_differentiable());
  expect_near(harness.forward(list_of(tensor_of({2, 3}, {1, 0, 5, 0, 0, -1}))).span<float>(),
              {1, 0, 1, 0, 0, 1}, 0);
}

TEST(Mask, IsOneWhereAnyOfTheLastAxisDiffers) {
  LayerHarness harness(make_not_equal_mask("mask", 7, true), {Shape{2, 3}});
  EXPECT_EQ(harness.output_shape(), Shape{2});
  const Tensor x = tensor_of({2, 2, 3}, {7, 7, 7, 7, 0, 7, 7, 7, kNan, 1, 2, 3});
  expect_near(harness.forward(list_of(copy_of(x))).span<float>(), {0, 1, 1, 1}, 0);
}

TEST(Mask, CombinesMasksAndSpreadsThem) {
  LayerHarness any(make_mask_or("any"), {Shape{3}, Shape{3}, Shape{1}});
  const std::vector<Tensor> masks = list_of(tensor_of({2, 3}, {1, 0, 0, 1, 0, 1}),
                                            tensor_of({2, 3}, {0, 1, 0, 1, 0, 0}), tensor_of({2, 1}, {0, 1}));
  expect_near(any.forward(masks).span<float>(), {1, 1, 0, 1, 1, 1}, 0);
  LayerHarness all(make_mask_and("all"), {Shape{2, 1}, Shape{1, 3}});
  EXPECT_EQ(all.output_shape(), (Shape{2, 3}));
  expect_near(
      all.forward(list_of(tensor_of({1, 2, 1}, {1, 0}), tensor_of({1, 1, 3}, {1, 0, 1}))).span<float>(),
      {1, 0, 1, 0, 0, 0}, 0);
  const Shape unlike[] = {Shape{2}, Shape{3}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_mask_or("or")->build(unlike); }, "or", "(2,)", "(3,)");
}

TEST(Mask, OnesHaveTheShapeWithoutTheLastAxis) {
  LayerHarness harness(make_ones_mask("ones"), {Shape{2, 5}});
  EXPECT_EQ(harness.output_shape(), Shape{2});
  expect_near(harness.forward(list_of(wave({2, 2, 5}))).span<float>(), {1, 1, 1, 1}, 0);
}

TEST(Masking, SetsWhatIsMaskedToZero) {
  LayerHarness harness(make_masking("masking", {.mask_value = -1}), {Shape{2, 2}});
  const std::vector<Tensor> x = list_of(tensor_of({2, 2, 2}, {-1, -1, -1, 2, 3, 4, -1, -1}));
  expect_near(harness.forward(x).span<float>(), {0, 0, -1, 2, 3, 4, 0, 0}, 0);
  const auto gradient = harness.backward(tensor_of({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  expect_near(gradient[0].span<float>(), {0, 0, 3, 4, 5, 6, 0, 0}, 0);
}

TEST(Embedding, TakesRowsAndGathersTheirGradients) {
  LayerHarness harness(make_embedding("embedding", {.input_dim = 3, .output_dim = 2}), {Shape{2}});
  EXPECT_EQ(harness.output_shape(), (Shape{2, 2}));
  std::ranges::copy(std::vector<float>{1, 2, 3, 4, 5, 6}, harness.parameter(0).begin());
  const std::vector<Tensor> indices = list_of(tensor_of({3, 2}, {2, 0, 2, 2, 0, 2}));
  for (const std::vector<std::int64_t>& cut : {std::vector<std::int64_t>{3}, {1, 2}}) {
    expect_near(harness.forward(indices, cut).span<float>(), {5, 6, 1, 2, 5, 6, 5, 6, 1, 2, 5, 6}, 0);
    harness.backward(tensor_of({3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    expect_near(harness.gradient(0), {12, 14, 0, 0, 24, 28}, 0);
  }
}

TEST(Embedding, RefusesWhatIsNoIndex) {
  LayerHarness harness(make_embedding("words", {.input_dim = 3, .output_dim = 2}), {Shape{}});
  EXPECT_EQ(harness.output_shape(), Shape{2});
  for (const float index : {-1.0F, 3.0F, 0.5F, kNan}) {
    testing::expect_error(
        ExitCode::kData, [&] { harness.forward(list_of(tensor_of({1}, {index}))); }, "words", "3 rows");
  }
  testing::expect_error(
      ExitCode::kConfiguration, [] { make_embedding("huge", {.input_dim = (1 << 24) + 1, .output_dim = 1}); },
      "huge", "input_dim");
}

}  // namespace
}  // namespace ktrain
