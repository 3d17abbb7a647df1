#include "ktrain/tensor/parameter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/digest.h"

namespace ktrain {
namespace {

TEST(FlatParameters, TrainableFirstEachPartInKerasOrder) {
  FlatParameters flat(
      {{"bn/gamma", {2}, true, {}}, {"bn/moving_mean", {2}, false, {}}, {"dense/kernel", {2, 3}, true, {}}});
  const auto parameters = flat.parameters();
  EXPECT_EQ(parameters[0].range.begin, 0);
  EXPECT_EQ(parameters[2].range.begin, 2);
  EXPECT_EQ(parameters[1].range.begin, 8);
  EXPECT_EQ(flat.trainable_count(), 8);
  EXPECT_EQ(flat.count(), 10);
  EXPECT_EQ(flat.gradients().size(), 8u);
  EXPECT_TRUE(flat.gradient(parameters[1]).empty());
  EXPECT_EQ(flat.gradient(parameters[2]).data<float>(), flat.gradients().data() + 2);
}

TEST(FlatParameters, DigestFollowsKerasOrder) {
  FlatParameters flat({{"a", {2}, true, {}}, {"b", {1}, false, {}}, {"c", {1}, true, {}}});
  for (std::size_t i = 0; i < 4; ++i) flat.values()[i] = static_cast<float>(i);
  const std::vector<float> keras_order{0, 1, 3, 2};
  Digest expected;
  expected.add(keras_order.data(), keras_order.size() * sizeof(float));
  EXPECT_EQ(flat.digest(), expected.value());
}

}  // namespace
}  // namespace ktrain
