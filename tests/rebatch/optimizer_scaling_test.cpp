#include "rebatch/optimizer_scaling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ktrain/optim/learning_rate_schedule.h"

namespace ktrain {
namespace {

constexpr BatchChange kTimesFour = {.base_batch = 32, .new_batch = 128};

std::unique_ptr<Optimizer> at_four_times(const Optimizer& base, const ScalingOptions& options = {},
                                         ScheduleSteps steps = ScheduleSteps::kOfBatch) {
  return scaled_optimizer(base, scale_run(hyper_parameters_of(base), kTimesFour, options), steps);
}

TEST(OptimizerScaling, AtTheBaseBatchAnOptimizerIsWhatItWas) {
  for (const std::string& name : optimizer_names()) {
    const auto base = make_optimizer(name);
    const auto same =
        scaled_optimizer(*base, scale_run(hyper_parameters_of(*base), {.base_batch = 32, .new_batch = 32}),
                         ScheduleSteps::kOfBaseBatch);
    EXPECT_EQ(same->class_name(), base->class_name());
    EXPECT_EQ(same->learning_rate(), base->learning_rate()) << name;
    EXPECT_EQ(same->options().beta_2, base->options().beta_2) << name;
    EXPECT_EQ(same->options().epsilon, base->options().epsilon) << name;
    EXPECT_EQ(same->options().weight_decay, base->options().weight_decay) << name;
  }
}

TEST(OptimizerScaling, EveryNumberThatFollowsTheBatchDoes) {
  const auto base = make_optimizer("adamw", {.learning_rate = 0.01,
                                             .weight_decay = 0.1,
                                             .global_clipnorm = 2,
                                             .use_ema = true,
                                             .ema_momentum = 0.9,
                                             .ema_overwrite_frequency = 10});
  const OptimizerOptions scaled = at_four_times(*base, {.rule = "adam_sde"})->options();
  EXPECT_NEAR(*scaled.learning_rate, 0.02, 1e-15);
  EXPECT_EQ(scaled.beta_1, 0.7);  // the floor, above 0.9^4
  EXPECT_NEAR(*scaled.beta_2, std::pow(0.999, 4), 1e-15);
  EXPECT_NEAR(*scaled.epsilon, 0.5e-7, 1e-20);
  EXPECT_NEAR(*scaled.weight_decay, 0.2, 1e-15);
  EXPECT_EQ(scaled.global_clipnorm, 2);
  EXPECT_NEAR(*scaled.ema_momentum, std::pow(0.9, 4), 1e-15);
  EXPECT_EQ(scaled.ema_overwrite_frequency, 3);
  EXPECT_EQ(scaled.clipnorm.value_or(0), 0);
}

TEST(OptimizerScaling, ASchedulesStepsAreThoseOfItsReader) {
  const auto base = make_optimizer("sgd", {.schedule = make_learning_rate_schedule(
                                               "cosine_decay:initial_learning_rate=0.1,decay_steps=400,"
                                               "warmup_target=0.2,warmup_steps=40,alpha=0.5")});
  const ScalingOptions linear = {.rule = "linear"};
  const auto in_file = at_four_times(*base, linear),
             in_run = at_four_times(*base, linear, ScheduleSteps::kOfBaseBatch);
  const ScheduleOptions& of_file = in_file->options().schedule->options();
  EXPECT_NEAR(*of_file.initial_learning_rate, 0.4, 1e-15);
  EXPECT_NEAR(*of_file.warmup_target, 0.8, 1e-15);
  EXPECT_EQ(of_file.alpha, 0.5);
  EXPECT_EQ(of_file.decay_steps, 100);
  EXPECT_EQ(of_file.warmup_steps, 10);
  // A step of the file's reader is four of the trainer's schedule.
  for (const double step : {0.0, 7.0, 12.0, 60.0, 200.0}) {
    EXPECT_NEAR(in_file->options().schedule->at(step), in_run->options().schedule->at(4 * step), 1e-12)
        << step;
    EXPECT_NEAR(in_run->options().schedule->at(step), 4 * base->options().schedule->at(step), 1e-12) << step;
  }
  // legw keeps the steps of the warm-up.
  const auto legw = at_four_times(*base, {.rule = "legw"});
  EXPECT_EQ(legw->options().schedule->options().warmup_steps, 40);
  const auto legw_run = at_four_times(*base, {.rule = "legw"}, ScheduleSteps::kOfBaseBatch);
  EXPECT_EQ(legw_run->options().schedule->options().warmup_steps, 160);
}

TEST(OptimizerScaling, EverySchedulesValuesAreScaled) {
  const char* schedules[] = {
      "exponential_decay:initial_learning_rate=0.1,decay_steps=20,decay_rate=0.5",
      "piecewise_constant_decay:boundaries=8/20,values=0.1/0.05/0.01",
      "polynomial_decay:initial_learning_rate=0.1,decay_steps=40,end_learning_rate=0.01",
      "inverse_time_decay:initial_learning_rate=0.1,decay_steps=4,decay_rate=0.5",
      "cosine_decay_restarts:initial_learning_rate=0.1,first_decay_steps=12"};
  for (const char* schedule : schedules) {
    const auto base = make_optimizer("sgd", {.schedule = make_learning_rate_schedule(schedule)});
    const auto scaled = at_four_times(*base, {.rule = "linear"});
    for (const double step : {0.0, 1.0, 3.0, 6.0, 11.0}) {
      EXPECT_NEAR(scaled->options().schedule->at(step), 4 * base->options().schedule->at(4 * step), 1e-12)
          << schedule << " at " << step;
    }
  }
}

TEST(OptimizerScaling, StateIsConvertedSlotBySlot) {
  FlatParameters parameters({{.name = "a", .shape = Shape{3}}});
  const StateFactors factors = {.momentum = 2, .first_moment = 3, .second_moment = 5, .update_count = 0.25};
  const auto converted = [&](const char* name, const OptimizerOptions& options = {}) {
    const auto optimizer = make_optimizer(name, options);
    optimizer->bind(parameters);
    for (std::size_t i = 0; i < optimizer->slot_names().size(); ++i)
      std::ranges::fill(optimizer->slot(i), 1.0F);
    convert_state(*optimizer, factors);
    std::vector<float> values;
    for (std::size_t i = 0; i < optimizer->slot_names().size(); ++i) values.push_back(optimizer->slot(i)[2]);
    return values;
  };
  using Values = std::vector<float>;
  EXPECT_EQ(converted("sgd", {.momentum = 0.9}), (Values{2}));
  EXPECT_EQ(converted("adam", {.amsgrad = true}), (Values{3, 5, 5}));
  EXPECT_EQ(converted("adamax"), (Values{3, 5}));
  EXPECT_EQ(converted("rmsprop", {.momentum = 0.9, .centered = true}), (Values{5, 2, 3}));
  EXPECT_EQ(converted("adagrad"), (Values{5}));
  EXPECT_EQ(converted("ftrl"), (Values{1, 1}));
  EXPECT_EQ(converted("adam", {.use_ema = true}), (Values{1, 3, 5}));
}

TEST(OptimizerScaling, TheIterationFollowsBiasCorrectionOrSchedule) {
  const auto adam = make_optimizer("adam");
  adam->set_iterations(1000);
  EXPECT_EQ(converted_iterations(*adam, {.update_count = 0.25}, 4), 250);
  EXPECT_EQ(converted_iterations(*adam, {}, 4), 1000);
  EXPECT_EQ(converted_iterations(*adam, {.reset = true}, 4), 0);
  const auto scheduled = make_optimizer(
      "sgd",
      {.schedule = make_learning_rate_schedule("exponential_decay:initial_learning_rate=0.1,decay_steps=20,"
                                               "decay_rate=0.5")});
  scheduled->set_iterations(1002);
  EXPECT_EQ(converted_iterations(*scheduled, {}, 4), 251);
}

}  // namespace
}  // namespace ktrain
