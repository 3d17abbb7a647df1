#include "ktrain/tensor/tensor.h"

#include <gtest/gtest.h>

#include <numeric>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

TEST(Shape, PrintsLikeKeras) {
  EXPECT_EQ(to_string(Shape{28, 28, 1}), "(28, 28, 1)");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{}), "()");
}

TEST(Shape, BatchesAndSamples) {
  const Shape sample{28, 28, 3};
  EXPECT_EQ(sample.batched(32), (Shape{32, 28, 28, 3}));
  EXPECT_EQ(sample.batched(32).sample(), sample);
  EXPECT_EQ(sample.elements(), 2352);
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ(sample[-1], 3);
  EXPECT_NE(sample, (Shape{28, 28}));
}

TEST(Shape, HasAsManyElementsAsAnIntegerCounts) {
  EXPECT_EQ((Shape{1LL << 31, 1LL << 31}).elements(), 1LL << 62);
  EXPECT_EQ((Shape{0, 1LL << 62, 1LL << 62}).elements(), 0);
  EXPECT_THROW(static_cast<void>((Shape{1LL << 32, 1LL << 31}).elements()), Error);
}

TEST(Tensor, RowsAreWindows) {
  Tensor tensor(Shape{4, 3});
  std::iota(tensor.span<float>().begin(), tensor.span<float>().end(), 0.0F);
  const TensorView rows = tensor.view().rows(1, 3);
  EXPECT_EQ(rows.shape(), (Shape{2, 3}));
  EXPECT_EQ(rows.span<float>()[0], 3);
  EXPECT_EQ(rows.reshaped(Shape{6}).span<float>()[5], 8);
  EXPECT_THROW(tensor.view().rows(2, 5), Error);
  EXPECT_THROW(tensor.view().reshaped(Shape{5}), Error);
}

TEST(Tensor, RefusesAnotherDtype) {
  Tensor tensor(Shape{4}, DType::kInt32);
  EXPECT_THROW(tensor.span<float>(), Error);
}

}  // namespace
}  // namespace ktrain
