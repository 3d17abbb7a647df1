#include "ktrain/nn/regularizer.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktrain {
namespace {

const std::vector<float> kValues = {1, -2, 0, 0.5};

// keras.regularizers.L1L2(l1=0.25, l2=0.5)([1, -2, 0, .5]) = 0.25·3.5 + 0.5·5.25
TEST(Regularizer, Penalty) {
  EXPECT_DOUBLE_EQ(penalty({.l1 = 0.25F, .l2 = 0.5F}, kValues), 3.5);
  EXPECT_DOUBLE_EQ(penalty({.l1 = 0.25F}, kValues), 0.875);
  EXPECT_DOUBLE_EQ(penalty({.l2 = 0.5F}, kValues), 2.625);
  EXPECT_EQ(penalty({}, kValues), 0);
}

TEST(Regularizer, GradientIsAdded) {
  std::vector<float> gradients = {10, 10, 10, 10};
  add_penalty_gradient({.l1 = 0.25F, .l2 = 0.5F}, kValues, gradients);
  EXPECT_EQ(gradients, (std::vector<float>{11.25F, 7.75F, 10, 10.75F}));
}

}  // namespace
}  // namespace ktrain
