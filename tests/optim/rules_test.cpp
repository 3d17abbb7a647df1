#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "ktrain/optim/learning_rate_schedule.h"
#include "ktrain/optim/optimizer.h"
#include "optim/variables.h"

namespace ktrain {
namespace {

// Ten ones; gradients of 0.01 in the first step, 0.1, 0.2, …, 1 in the next four. The first and the last
// value after each step, measured on Keras 3.15.1.
struct Trace {
  const char* name;
  OptimizerOptions options;
  float first[5], last[5];
};

OptimizerOptions under(const char* schedule) {
  OptimizerOptions options;
  options.schedule = make_learning_rate_schedule(schedule);
  return options;
}

class KerasTrace : public testing::TestWithParam<Trace> {};

TEST_P(KerasTrace, IsFollowed) {
  const Trace& trace = GetParam();
  const auto optimizer = make_optimizer(trace.name, trace.options);
  FlatParameters parameters = variables({{10}});
  std::ranges::fill(parameters.values(), 1.0F);
  optimizer->bind(parameters);
  for (std::size_t step = 0; step < 5; ++step) {
    for (std::size_t i = 0; i < 10; ++i) {
      parameters.gradients()[i] = step == 0 ? 0.01F : static_cast<float>(i + 1) * 0.1F;
    }
    optimizer->step(parameters);
    EXPECT_NEAR(parameters.values()[0], trace.first[step], 2e-7) << trace.name << " step " << step;
    EXPECT_NEAR(parameters.values()[9], trace.last[step], 2e-7) << trace.name << " step " << step;
  }
  EXPECT_EQ(optimizer->iterations(), 5);
}

INSTANTIATE_TEST_SUITE_P(
    Optimizer, KerasTrace,
    testing::Values(Trace{"SGD",
                          {},
                          {0.9999000F, 0.9989000F, 0.9979000F, 0.9969000F, 0.9959000F},
                          {0.9999000F, 0.9899000F, 0.9799000F, 0.9699000F, 0.9599000F}},
                    Trace{"SGD",
                          {.momentum = 0.9},
                          {0.9999000F, 0.9988100F, 0.9968290F, 0.9940461F, 0.9905415F},
                          {0.9999000F, 0.9898100F, 0.9707290F, 0.9435561F, 0.9091005F}},
                    Trace{"SGD",
                          {.momentum = 0.9, .nesterov = true},
                          {0.9998100F, 0.9978290F, 0.9950461F, 0.9915416F, 0.9873874F},
                          {0.9998100F, 0.9807290F, 0.9535561F, 0.9191005F, 0.8780905F}},
                    Trace{"sgd",
                          {.weight_decay = 0.1},
                          {0.9989000F, 0.9969011F, 0.9949042F, 0.9929093F, 0.9909164F},
                          {0.9989000F, 0.9879011F, 0.9769132F, 0.9659363F, 0.9549704F}},
                    Trace{"SGD",
                          {.clipnorm = 0.5},
                          {0.9999000F, 0.9996452F, 0.9993904F, 0.9991356F, 0.9988807F},
                          {0.9999000F, 0.9973518F, 0.9948035F, 0.9922553F, 0.9897071F}},
                    Trace{"SGD",
                          {.global_clipnorm = 0.5},
                          {0.9999000F, 0.9996452F, 0.9993904F, 0.9991356F, 0.9988807F},
                          {0.9999000F, 0.9973518F, 0.9948035F, 0.9922553F, 0.9897071F}},
                    Trace{"SGD",
                          {.clipvalue = 0.25},
                          {0.9999000F, 0.9989000F, 0.9979000F, 0.9969000F, 0.9959000F},
                          {0.9999000F, 0.9974000F, 0.9949000F, 0.9924000F, 0.9899000F}},
                    Trace{"RMSprop",
                          {},
                          {0.9968534F, 0.9937055F, 0.9914162F, 0.9894979F, 0.9877943F},
                          {0.9968534F, 0.9936913F, 0.9913971F, 0.9894762F, 0.9877710F}},
                    Trace{"rmsprop",
                          {.centered = true},
                          {0.9966850F, 0.9933336F, 0.9907650F, 0.9884964F, 0.9863728F},
                          {0.9966850F, 0.9933485F, 0.9907970F, 0.9885449F, 0.9864376F}},
                    Trace{"RMSprop",
                          {.momentum = 0.9, .centered = true},
                          {0.9966850F, 0.9903501F, 0.9820801F, 0.9723685F, 0.9615044F},
                          {0.9966850F, 0.9903650F, 0.9821255F, 0.9724578F, 0.9616497F}},
                    Trace{"Adam",
                          {},
                          {0.9990003F, 0.9981933F, 0.9973004F, 0.9963679F, 0.9954125F},
                          {0.9990003F, 0.9982495F, 0.9973874F, 0.9964753F, 0.9955348F}},
                    Trace{"adam",
                          {.amsgrad = true},
                          {0.9990003F, 0.9981933F, 0.9973004F, 0.9963679F, 0.9954125F},
                          {0.9990003F, 0.9982495F, 0.9973874F, 0.9964753F, 0.9955348F}},
                    Trace{"AdamW",
                          {},
                          {0.9989963F, 0.9981853F, 0.9972885F, 0.9963519F, 0.9953926F},
                          {0.9989963F, 0.9982415F, 0.9973754F, 0.9964593F, 0.9955149F}},
                    Trace{"Adamax",
                          {},
                          {0.9990000F, 0.9984263F, 0.9976953F, 0.9968861F, 0.9960303F},
                          {0.9990000F, 0.9984689F, 0.9977648F, 0.9969747F, 0.9961333F}},
                    Trace{"nadam",
                          {},
                          {0.9989372F, 0.9979135F, 0.9970937F, 0.9963266F, 0.9955703F},
                          {0.9989372F, 0.9979149F, 0.9970980F, 0.9963338F, 0.9955803F}},
                    Trace{"Adagrad",
                          {},
                          {0.9999684F, 0.9996670F, 0.9993785F, 0.9991013F, 0.9988341F},
                          {0.9999684F, 0.9990150F, 0.9983249F, 0.9977570F, 0.9972631F}},
                    Trace{"Adadelta",
                          {},
                          {0.9999986F, 0.9999967F, 0.9999947F, 0.9999927F, 0.9999906F},
                          {0.9999986F, 0.9999967F, 0.9999946F, 0.9999926F, 0.9999906F}},
                    Trace{"Ftrl",
                          {},
                          {0.0004680F, 0.0001666F, -0.0001219F, -0.0003992F, -0.0006663F},
                          {0.0004680F, -0.0004854F, -0.0011755F, -0.0017434F, -0.0022373F}},
                    Trace{"ftrl:l1_regularization_strength=0.01,l2_regularization_strength=0.02,l2_shrinkage_"
                          "regularization_strength=0.03,beta=0.1",
                          {},
                          {0.0001875F, 0.0000000F, -0.0002218F, -0.0004388F, -0.0006496F},
                          {0.0001875F, -0.0006655F, -0.0013110F, -0.0018484F, -0.0023189F}},
                    Trace{"Lion",
                          {},
                          {0.9990000F, 0.9980000F, 0.9970000F, 0.9960001F, 0.9950001F},
                          {0.9990000F, 0.9980000F, 0.9970000F, 0.9960001F, 0.9950001F}},
                    Trace{"Lamb",
                          {},
                          {0.9990000F, 0.9979438F, 0.9969183F, 0.9959039F, 0.9948956F},
                          {0.9990000F, 0.9980174F, 0.9970272F, 0.9960350F, 0.9950425F}},
                    Trace{"Adafactor",
                          {},
                          {0.9990000F, 0.9980041F, 0.9970075F, 0.9960114F, 0.9950159F},
                          {0.9990000F, 0.9980005F, 0.9970022F, 0.9960051F, 0.9950090F}},
                    Trace{"sgd:use_ema=true,ema_momentum=0.9,ema_overwrite_frequency=2",
                          with(0.1),
                          {0.9990000F, 0.9980000F, 0.9880000F, 0.9951000F, 0.9851000F},
                          {0.9990000F, 0.9890000F, 0.8890000F, 0.9600000F, 0.8600000F}},
                    Trace{"adam:gradient_accumulation_steps=2",
                          {},
                          {1.0000000F, 0.9990001F, 0.9990001F, 0.9980252F, 0.9980252F},
                          {1.0000000F, 0.9990000F, 0.9990000F, 0.9980338F, 0.9980338F}},
                    Trace{"adam:gradient_accumulation_steps=2",
                          under("exponential_decay:initial_learning_rate=0.1,decay_steps=2,decay_rate=0.5"),
                          {1.0000000F, 0.9292939F, 0.9292939F, 0.8948276F, 0.8948276F},
                          {1.0000000F, 0.9292902F, 0.9292902F, 0.8951290F, 0.8951290F}}));

// Variables [1, -2, .5] and [-.25, 3]; element i of all five has the gradient .3((7i + 5t) mod 11 - 5)/t in
// step t. The values after six steps of keras.optimizers.<name>(…) in Keras 3.15.1 (JAX).
struct Case {
  const char* name;
  OptimizerOptions options;
  float expected[5];
};

class KerasResult : public testing::TestWithParam<Case> {
 protected:
  KerasResult() {
    const float start[] = {1, -2, 0.5F, -0.25F, 3};
    std::ranges::copy(start, parameters_.values().begin());
    optimizer_->bind(parameters_);
  }
  void run(int steps) {
    for (int t = 1; t <= steps; ++t) {
      for (int i = 0; i < 5; ++i) {
        parameters_.gradients()[static_cast<std::size_t>(i)] =
            static_cast<float>(0.3 * ((7 * i + 5 * t) % 11 - 5) / t);
      }
      optimizer_->step(parameters_);
    }
  }

  std::unique_ptr<Optimizer> optimizer_ = make_optimizer(GetParam().name, GetParam().options);
  FlatParameters parameters_ = variables({{3}, {2}});
};

TEST_P(KerasResult, IsReached) {
  run(6);
  for (std::size_t i = 0; i < 5; ++i) {
    const float expected = GetParam().expected[i];
    EXPECT_NEAR(parameters_.values()[i], expected, 3e-7F * std::max(1.0F, std::fabs(expected)))
        << GetParam().name << " " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Optimizer, KerasResult,
    testing::Values(
        Case{"SGD",
             with(0.1, {.momentum = 0.9, .weight_decay = 0.01}),
             {0.648469388F, -1.36892533F, 0.286509573F, -0.32155329F, 3.49597216F}},
        Case{"SGD",
             with(0.1, {.momentum = 0.9, .nesterov = true, .clipnorm = 0.7}),
             {0.664597809F, -1.63033199F, 0.499714613F, -0.425210804F, 3.13309765F}},
        Case{"SGD",
             with(0.1, {.global_clipnorm = 0.7}),
             {0.92710346F, -1.95002806F, 0.53077358F, -0.275679439F, 2.99694371F}},
        Case{"SGD",
             with(0.1, {.clipvalue = 0.35}),
             {0.941999972F, -1.97000003F, 0.528999984F, -0.249499992F, 2.99349999F}},
        Case{"Adam", with(0.05), {0.866841257F, -1.83132887F, 0.411568791F, -0.245274723F, 3.12570763F}},
        Case{"Adam",
             with(0.05, {.beta_1 = 0.8, .beta_2 = 0.9, .amsgrad = true, .epsilon = 0.1}),
             {0.910393059F, -1.8790803F, 0.445294946F, -0.258248985F, 3.08778667F}},
        Case{"Adam",
             with(0.05, {.weight_decay = 0.1, .global_clipnorm = 0.5}),
             {0.8351897F, -1.79274333F, 0.466823816F, -0.263493598F, 2.97770309F}},
        Case{"AdamW", with(0.05), {0.865702033F, -1.82903647F, 0.411042511F, -0.245001897F, 3.12201715F}},
        Case{"RMSprop",
             with(0.05, {.momentum = 0.9}),
             {0.271817654F, -1.18995619F, 0.106576622F, -0.0171019193F, 3.53345132F}},
        Case{"RMSprop",
             with(0.05,
                  {.momentum = 0.5, .rho = 0.8, .centered = true, .epsilon = 0.01, .weight_decay = 0.02}),
             {0.707060754F, -1.72064888F, 0.409654409F, -0.229191318F, 3.13057303F}},
        Case{"RMSprop",
             with(0.05, {.centered = true, .clipvalue = 0.5}),
             {0.763795495F, -1.81645179F, 0.507650614F, -0.207382962F, 3.0342977F}}));

}  // namespace
}  // namespace ktrain
