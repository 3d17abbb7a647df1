#include "ktrain/optim/learning_rate_schedule.h"

#include <gtest/gtest.h>

#include <array>

#include "ktrain/core/error.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

struct Case {
  const char* specification;
  std::array<double, 11> expected;  ///< Keras 3.15.1's at the steps 0 … 10
};

class KerasSchedule : public ::testing::TestWithParam<Case> {};

TEST_P(KerasSchedule, HasTheValuesOfKeras) {
  const auto schedule = make_learning_rate_schedule(GetParam().specification);
  for (std::size_t step = 0; step < GetParam().expected.size(); ++step) {
    EXPECT_NEAR(schedule->at(static_cast<double>(step)), GetParam().expected[step], 6e-8) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    LearningRateSchedule, KerasSchedule,
    ::testing::Values(
        Case{"exponential_decay:initial_learning_rate=.1,decay_steps=4,decay_rate=.5",
             {0.1, 0.0840896, 0.0707107, 0.0594604, 0.05, 0.0420448, 0.0353553, 0.0297302, 0.025, 0.0210224,
              0.0176777}},
        Case{"exponential_decay:initial_learning_rate=.1,decay_steps=4,decay_rate=.5,staircase=true",
             {0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025}},
        Case{"piecewise_constant_decay:boundaries=2/5,values=1/0.5/0.1",
             {1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1}},
        Case{"polynomial_decay:initial_learning_rate=.1,decay_steps=5,end_learning_rate=.01,power=2",
             {0.1, 0.0676, 0.0424, 0.0244, 0.0136, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01}},
        Case{"polynomial_decay:initial_learning_rate=.1,decay_steps=5,end_learning_rate=.01,cycle=true",
             {0.1, 0.082, 0.064, 0.046, 0.028, 0.01, 0.046, 0.037, 0.028, 0.019, 0.01}},
        Case{"inverse_time_decay:initial_learning_rate=.1,decay_steps=2,decay_rate=.5",
             {0.1, 0.08, 0.0666667, 0.0571429, 0.05, 0.0444444, 0.04, 0.0363636, 0.0333333, 0.0307692,
              0.0285714}},
        Case{"cosine_decay:initial_learning_rate=.1,decay_steps=6",
             {0.1, 0.0933013, 0.075, 0.05, 0.025, 0.0066987, 0.0, 0.0, 0.0, 0.0, 0.0}},
        Case{"CosineDecay:initial_learning_rate=0,decay_steps=6,alpha=.1,warmup_target=.1,warmup_steps=3",
             {0.0, 0.0333333, 0.0666667, 0.1, 0.0939711, 0.0775, 0.055, 0.0325, 0.0160289, 0.01, 0.01}},
        Case{"cosine_decay_restarts:initial_learning_rate=.1,first_decay_steps=3,t_mul=2,m_mul=.5",
             {0.1, 0.075, 0.025, 0.05, 0.0466506, 0.0375, 0.025, 0.0125, 0.0033494, 0.025, 0.0245741}},
        Case{"cosine_decay_restarts:initial_learning_rate=.1,first_decay_steps=3,t_mul=1,alpha=.1",
             {0.1, 0.0775, 0.0325, 0.1, 0.0775, 0.0325, 0.1, 0.0775, 0.0325, 0.1, 0.0775}}));

TEST(LearningRateSchedule, IsReadBetweenSteps) {
  const auto line = make_learning_rate_schedule("polynomial_decay:decay_steps=4,end_learning_rate=0", 1.0);
  EXPECT_DOUBLE_EQ(line->at(1.5), 0.625);
  const auto stairs = make_learning_rate_schedule("piecewise_constant_decay:boundaries=2,values=1/0.5");
  EXPECT_EQ(stairs->at(2), 1);
  EXPECT_EQ(stairs->at(2.25), 0.5);
}

TEST(LearningRateSchedule, RefusesWhatKerasRefuses) {
  const auto refused = [](ExitCode code, const char* specification, const char* word) {
    testing::expect_error(
        code, [&] { make_learning_rate_schedule(specification); }, word);
  };
  const ExitCode wrong = ExitCode::kConfiguration;
  refused(wrong, "linear_decay:decay_steps=2", "cosine_decay");
  refused(wrong, "cosine_decay:decay_steps=2", "initial_learning_rate");
  refused(wrong, "cosine_decay:initial_learning_rate=1,decay_steps=0", "above 0");
  refused(wrong, "cosine_decay:initial_learning_rate=1,decay_steps=2,power=2", "power");
  refused(wrong, "piecewise_constant_decay:boundaries=2/5,values=1/2", "2 boundaries");
  refused(ExitCode::kUsage, "cosine_decay:initial_learning_rate=big,decay_steps=2", "big");
  refused(ExitCode::kUsage, "cosine_decay:steps=2", "steps");
  EXPECT_THROW(make_learning_rate_schedule("cosine_decay:initial_learning_rate=1,decay_steps=2", 0.1), Error);
  EXPECT_THROW(make_learning_rate_schedule("piecewise_constant_decay:boundaries=2,values=1/2", 0.1), Error);
}

}  // namespace
}  // namespace ktrain
