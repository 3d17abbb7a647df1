#include "core/names.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktrain {
namespace {

// As keras.src.utils.naming.to_snake_case gives them.
TEST(SnakeCase, FollowsKeras) {
  EXPECT_EQ(snake_case("TopKCategoricalAccuracy"), "top_k_categorical_accuracy");
  EXPECT_EQ(snake_case("GlorotUniform"), "glorot_uniform");
  EXPECT_EQ(snake_case("MSE"), "mse");
  EXPECT_EQ(snake_case("AdamW"), "adam_w");
  EXPECT_EQ(snake_case("RMSprop"), "rm_sprop");
  EXPECT_EQ(snake_case("Conv2D"), "conv2d");
  EXPECT_EQ(snake_case("Conv2DTranspose"), "conv2d_transpose");
  EXPECT_EQ(snake_case("LeakyReLU"), "leaky_re_lu");
  EXPECT_EQ(snake_case("PReLU"), "p_re_lu");
  EXPECT_EQ(snake_case("ConvLSTM2D"), "conv_lstm2d");
  EXPECT_EQ(snake_case("TFSMLayer"), "tfsm_layer");
  EXPECT_EQ(snake_case("Block2Layer"), "block2_layer");
  EXPECT_EQ(snake_case("mean_squared_error"), "mean_squared_error");
}

TEST(Join, PutsCommasBetween) {
  EXPECT_EQ(join(std::vector<std::string>{}), "");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
}

}  // namespace
}  // namespace ktrain
