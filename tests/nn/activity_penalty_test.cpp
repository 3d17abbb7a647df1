#include <gtest/gtest.h>

#include <algorithm>

#include "ktrain/nn/layers/activity_regularization.h"
#include "ktrain/nn/layers/rescaling.h"
#include "nn/executor.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

constexpr Regularizer kPenalty{.l1 = 0.5F, .l2 = 0.25F};

/// y = 2 x with the penalty of y, and beside it z = -x with its penalty, which no output needs.
Model penalized_model() {
  Model model;
  const Model::TensorId x = model.add_input("x", Shape{2});
  const Model::TensorId y = model.then(make_rescaling("y", {.scale = {2}}), x);
  const Model::TensorId z = model.then(make_rescaling("z", {.scale = {-1}}), x);
  for (const Model::TensorId tensor : {y, z}) {
    const auto penalty =
        model.add_layer(make_activity_penalty("penalty_" + std::to_string(tensor), kPenalty));
    EXPECT_TRUE(model.call(penalty, std::span(&tensor, 1)).empty());
  }
  model.set_outputs({model.then(make_activity_regularization("same"), y)});
  model.finish(1);
  return model;
}

TEST(ActivityPenalty, IsSummedOverTheRowsInAnyShards) {
  Model model = penalized_model();
  const Tensor x = tensor_of({3, 2}, {1, -2, 0, 3, -1, 0.5F});
  const ConstTensorView input = x.view();
  for (const std::int64_t shard_rows : {0, 1, 2}) {
    for (const bool training : {false, true}) {
      Executor executor(model);
      executor.forward({.training = training, .global_rows = 3}, 3, {.size = shard_rows},
                       std::span(&input, 1));
      double penalty = 0;
      for (std::size_t shard = 0; shard < executor.shards().size(); ++shard)
        penalty += executor.activity_penalty(shard);
      // sum |x| = 7.5 and sum x^2 = 15.25.
      EXPECT_DOUBLE_EQ(penalty, 0.5 * (2 + 1) * 7.5 + 0.25 * (4 + 1) * 15.25);
    }
  }
}

TEST(ActivityPenalty, HasTheGradientOfItsPartOfTheGlobalBatch) {
  Model model = penalized_model();
  const Tensor x = tensor_of({2, 2}, {1, -2, 0, 3});
  const ConstTensorView input = x.view();
  Executor executor(model, {}, /*input_gradients=*/true);
  executor.forward({.training = true, .global_rows = 10}, 2, {.size = 1}, std::span(&input, 1));
  std::ranges::copy(std::vector<float>{1, 0, 0, -1}, executor.output_gradient(0).span<float>().begin());
  executor.backward();
  // 2 dy + (0.5 (2 + 1) sign(x) + 2 0.25 (4 + 1) x) / 10
  expect_near(executor.input_gradient(0).span<float>(), {2 + 0.4, -0.65, 0, -2 + 0.9}, 1e-6);
}

}  // namespace
}  // namespace ktrain
