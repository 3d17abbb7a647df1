#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "ktrain/nn/reduced_loss.h"
#include "nn/tensors.h"

// Values and gradients of keras.losses of Keras 3.15.1 (JAX, jax.grad):
// keras.losses.<Name>(<options>)(target, prediction[, sample_weight]) for predictions (4, 3), and targets of
// the classes {2, 0, 1, 1} or of ((3i + 1) mod 5) / 5 in element i, and sample weights {1, .5, 2, 0}.
namespace ktrain {
namespace {

using Predictions = std::array<float, 12>;

// ((7i + 3) mod 11 + 1) / 20 in element i; rows do not sum to 1.
constexpr Predictions kProbabilities = {0.2F, 0.55F, 0.35F, 0.15F, 0.5F, 0.3F,
                                        0.1F, 0.45F, 0.25F, 0.05F, 0.4F, 0.2F};
// 0.6 ((5i + 2) mod 9 - 4)
constexpr Predictions kLogits = {-1.2F, 1.8F, -0.6F, 2.4F, 0, -2.4F, 0.6F, -1.8F, 1.2F, -1.2F, 1.8F, -0.6F};
// Where clips begin.
constexpr Predictions kAtTheBounds = {0, 1, 0, 1, 0, 0, 0.5F, 0.5F, 0, 1e-9F, 1, 1};
constexpr Predictions kFarLogits = {100, -100, 0, -90, 90, 30, 200, 0, -200, 50, 51, -50};

struct Case {
  const char* loss;
  LossOptions options;
  Predictions predictions;
  bool weighted;
  float value;
  Predictions gradient;
};

class KerasLoss : public testing::TestWithParam<Case> {
 protected:
  LossInput input() const {
    const bool sparse = std::strncmp(GetParam().loss, "sparse", 6) == 0;
    return {.prediction = predictions_.view(),
            .target = sparse ? classes_.view() : targets_.view(),
            .sample_weight = GetParam().weighted ? weights_.view() : ConstTensorView()};
  }

  Tensor predictions_ =
      tensor({4, 3}, std::vector<float>(GetParam().predictions.begin(), GetParam().predictions.end()));
  Tensor classes_ = tensor<std::int64_t>({4}, {2, 0, 1, 1});
  Tensor targets_ = tensor({4, 3}, {0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F});
  Tensor weights_ = tensor({4}, {1.0F, 0.5F, 2, 0});
};

TEST_P(KerasLoss, ValueAndGradient) {
  ReducedLoss::Shapes shapes{{3}, input().target.shape().sample()};
  if (GetParam().weighted) shapes.weight = Shape{};
  ReducedLoss loss(GetParam().loss, GetParam().options, shapes);
  ASSERT_EQ(loss.group_sum_count(), 0);
  EXPECT_NEAR(loss.part(input(), 4, {}), GetParam().value,
              3e-7 * std::max(1.0F, std::fabs(GetParam().value)));
  Tensor gradient({4, 3});
  loss.gradient(input(), 4, {}, 1, gradient.view());
  for (std::size_t i = 0; i < 12; ++i) {
    const float expected = GetParam().gradient[i];
    EXPECT_NEAR(gradient.span<float>()[i], expected, 1e-7F + 5e-7F * std::fabs(expected)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Loss, KerasLoss,
    testing::Values(
        Case{"sparse_categorical_crossentropy",
             {},
             kProbabilities,
             false,
             1.01295769F,
             {0.227272719F, 0.227272719F, -0.487013012F, -1.40350866F, 0.263157904F, 0.263157904F,
              0.31249997F, -0.243055612F, 0.31249997F, 0.384615391F, -0.240384609F, 0.384615391F}},
        Case{"sparse_categorical_crossentropy",
             {.from_logits = true},
             kLogits,
             false,
             1.5566057F,
             {0.0109133823F, 0.219201148F, -0.23011452F, -0.0225096345F, 0.0206374582F, 0.00187218783F,
              0.0858269781F, -0.24221395F, 0.156386957F, 0.0109133823F, -0.0307988524F, 0.0198854767F}},
        Case{"categorical_crossentropy",
             {},
             kProbabilities,
             false,
             1.61046576F,
             {0.0681818128F, -0.0454545319F, 0.0324675143F, 0.210526332F, -0.0894736797F, 0.0438596606F,
              -1.625F, 0.152777746F, 0.37499997F, -2.38461542F, 0.490384638F, -0.384615362F}},
        Case{"categorical_crossentropy",
             {.label_smoothing = 0.1},
             kProbabilities,
             false,
             1.57633948F,
             {0.0424242318F, -0.0333333313F, 0.0281385183F, 0.160233915F, -0.0708772093F, 0.0380117148F,
              -1.51458335F, 0.150231436F, 0.335416615F, -2.27435899F, 0.458974421F, -0.349358916F}},
        Case{"categorical_crossentropy",
             {.from_logits = true, .label_smoothing = 0.2},
             kLogits,
             false,
             2.4798913F,
             {-0.0422610082F, 0.112678856F, -0.0704178363F, 0.174425244F, -0.119331203F, -0.0550940335F,
              -0.0771073699F, -0.087634854F, 0.164742231F, -0.120514862F, 0.267751038F, -0.147236168F}},
        Case{"binary_crossentropy",
             {},
             kProbabilities,
             false,
             0.814129591F,
             {0.F, -0.0841750875F, -0.0183150172F, 0.0980392173F, -0.0333333462F, 0.0396825485F,
              -0.648148179F, 0.0168350115F, 0.111111112F, -0.964912415F, 0.0694444478F, -0.3125F}},
        Case{"binary_crossentropy",
             {.label_smoothing = 0.1},
             kProbabilities,
             false,
             0.822304606F,
             {-0.015625F, -0.0740740597F, -0.0219780132F, 0.0653594732F, -0.0300000161F, 0.0277777836F,
              -0.620370328F, 0.0134680122F, 0.088888891F, -0.947368503F, 0.0590277687F, -0.296875F}},
        Case{"binary_crossentropy",
             {.from_logits = true, .label_smoothing = 0.2},
             kLogits,
             false,
             0.975672007F,
             {-0.00237706769F, 0.00984573737F, -0.0054713618F, 0.0680689439F, -0.00666667148F, -0.0147356093F,
              -0.00786198117F, -0.0231790803F, 0.0557104051F, -0.0290437415F, 0.0498457476F, -0.0321380347F}},
        Case{"mean_squared_error",
             {},
             kLogits,
             false,
             2.57666707F,
             {-0.233333349F, 0.166666657F, -0.166666672F, 0.400000036F, -0.100000009F, -0.433333367F,
              -0.0333333313F, -0.366666675F, 0.200000018F, -0.300000012F, 0.266666651F, -0.233333349F}},
        Case{"mean_absolute_error",
             {},
             kLogits,
             false,
             1.45000005F,
             {-0.0833333358F, 0.0833333358F, -0.0833333358F, 0.0833333358F, -0.0833333358F, -0.0833333358F,
              -0.0833333358F, -0.0833333358F, 0.0833333358F, -0.0833333358F, 0.0833333358F, -0.0833333358F}},
        Case{"huber",
             {.delta = 0.7},
             kLogits,
             false,
             0.780833364F,
             {-0.0583333336F, 0.0583333336F, -0.0583333336F, 0.0583333336F, -0.0500000045F, -0.0583333336F,
              -0.0166666657F, -0.0583333336F, 0.0583333336F, -0.0583333336F, 0.0583333336F, -0.0583333336F}},
        Case{"sparse_categorical_crossentropy",
             {},
             kProbabilities,
             true,
             0.80469346F,
             {0.227272719F, 0.227272719F, -0.487013012F, -0.701754332F, 0.131578952F, 0.131578952F,
              0.62499994F, -0.486111224F, 0.62499994F, 0.F, 0.F, 0.F}},
        Case{"sparse_categorical_crossentropy",
             {.from_logits = true},
             kLogits,
             true,
             2.37922573F,
             {0.0109133823F, 0.219201148F, -0.23011452F, -0.0112548172F, 0.0103187291F, 0.000936093915F,
              0.171653956F, -0.484427899F, 0.312773913F, 0.F, 0.F, 0.F}},
        Case{"categorical_crossentropy",
             {},
             kProbabilities,
             true,
             1.3621856F,
             {0.0681818128F, -0.0454545319F, 0.0324675143F, 0.105263166F, -0.0447368398F, 0.0219298303F,
              -3.25F, 0.305555493F, 0.74999994F, 0.F, 0.F, 0.F}},
        Case{"categorical_crossentropy",
             {.label_smoothing = 0.1},
             kProbabilities,
             true,
             1.33429301F,
             {0.0424242318F, -0.0333333313F, 0.0281385183F, 0.0801169574F, -0.0354386047F, 0.0190058574F,
              -3.0291667F, 0.300462872F, 0.67083323F, 0.F, 0.F, 0.F}},
        Case{"categorical_crossentropy",
             {.from_logits = true, .label_smoothing = 0.2},
             kLogits,
             true,
             1.81938672F,
             {-0.0422610082F, 0.112678856F, -0.0704178363F, 0.0872126222F, -0.0596656017F, -0.0275470167F,
              -0.15421474F, -0.175269708F, 0.329484463F, 0.F, 0.F, 0.F}},
        Case{"binary_crossentropy",
             {},
             kProbabilities,
             true,
             0.680460632F,
             {0.F, -0.0841750875F, -0.0183150172F, 0.0490196086F, -0.0166666731F, 0.0198412742F, -1.29629636F,
              0.0336700231F, 0.222222224F, 0.F, 0.F, 0.F}},
        Case{"binary_crossentropy",
             {.label_smoothing = 0.1},
             kProbabilities,
             true,
             0.688120246F,
             {-0.015625F, -0.0740740597F, -0.0219780132F, 0.0326797366F, -0.015000008F, 0.0138888918F,
              -1.24074066F, 0.0269360244F, 0.177777782F, 0.F, 0.F, 0.F}},
        Case{"binary_crossentropy",
             {.from_logits = true, .label_smoothing = 0.2},
             kLogits,
             true,
             0.783554494F,
             {-0.00237706769F, 0.00984573737F, -0.0054713618F, 0.034034472F, -0.00333333574F, -0.00736780465F,
              -0.0157239623F, -0.0463581607F, 0.11142081F, 0.F, 0.F, 0.F}},
        Case{"mean_squared_error",
             {},
             kLogits,
             true,
             1.9200002F,
             {-0.233333349F, 0.166666657F, -0.166666672F, 0.200000018F, -0.0500000045F, -0.216666684F,
              -0.0666666627F, -0.733333349F, 0.400000036F, 0.F, 0.F, 0.F}},
        Case{"mean_absolute_error",
             {},
             kLogits,
             true,
             1.11666679F,
             {-0.0833333358F, 0.0833333358F, -0.0833333358F, 0.0416666679F, -0.0416666679F, -0.0416666679F,
              -0.166666672F, -0.166666672F, 0.166666672F, 0.F, 0.F, 0.F}},
        Case{"huber",
             {.delta = 0.7},
             kLogits,
             true,
             0.588333368F,
             {-0.0583333336F, 0.0583333336F, -0.0583333336F, 0.0291666668F, -0.0250000022F, -0.0291666668F,
              -0.0333333313F, -0.116666667F, 0.116666667F, 0.F, 0.F, 0.F}},
        Case{"sparse_categorical_crossentropy",
             {},
             kAtTheBounds,
             false,
             4.37609768F,
             {0.F, 0.F, 0.F, 0.F, 0.F, 0.F, 0.25F, -0.25F, 0.25F, 0.125F, -0.125F, 0.125F}},
        Case{"categorical_crossentropy",
             {},
             kAtTheBounds,
             false,
             8.44027901F,
             {0.F, 0.F, 0.F, 0.F, 0.F, 0.F, -0.099999994F, 0.100000009F, 0.300000012F, 0.125F, 0.075000003F,
              -0.075000003F}},
        Case{"binary_crossentropy",
             {},
             kAtTheBounds,
             false,
             5.72464466F,
             {0.F, 0.F, 0.F, 0.F, 0.F, 0.F, -0.100000009F, 0.0333333388F, 0.F, 0.F, 0.F, 0.F}},
        Case{"binary_crossentropy",
             {.from_logits = true},
             kFarLogits,
             false,
             30.1821918F,
             {0.0666666701F, -0.0666666701F, 0.0083333347F, 0.F, 0.0333333313F, 0.0666666701F, 0.0166666657F,
              0.0083333347F, 0.F, 0.0333333313F, 0.0666666701F, -0.0666666701F}},
        Case{"sparse_categorical_crossentropy",
             {.from_logits = true},
             kFarLogits,
             false,
             120.078316F,
             {0.25F, 0.F, -0.25F, -0.25F, 0.25F, 2.18912772e-27F, 0.25F, -0.25F, 0.F, 0.0672353581F,
              -0.0672353506F, 0.F}}),
    [](const auto& test) { return std::string(test.param.loss) + std::to_string(test.index); });

}  // namespace
}  // namespace ktrain
