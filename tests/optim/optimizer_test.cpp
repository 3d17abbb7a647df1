#include "ktrain/optim/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/parallel.h"
#include "core/state_visitor.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "optim/variables.h"

namespace ktrain {
namespace {

// The same elements in one piece and cut among threads, so that they meet other places of a vector loop.
TEST(Optimizer, BitsDoNotDependOnTheCut) {
  const OptimizerOptions all = {.weight_decay = 0.01, .clipvalue = 0.5};
  OptimizerOptions rms = all;
  rms.momentum = 0.9;
  rms.centered = true;
  std::map<std::string, OptimizerOptions> cases = {{"RMSprop", rms}};
  for (const std::string& name : optimizer_names()) cases.try_emplace(name, all);
  const int threads = thread_count();
  for (const auto& [name, options] : cases) {
    std::vector<std::vector<float>> results;
    for (const int count : {1, 3}) {
      set_thread_count(count);
      FlatParameters parameters = variables({{70003}, {173, 151}, {3, 5, 301}});
      const auto optimizer = make_optimizer(name, options);
      optimizer->bind(parameters);
      for (int t = 0; t < 3; ++t) {
        for (std::size_t i = 0; i < parameters.gradients().size(); ++i) {
          parameters.gradients()[i] = std::sin(static_cast<float>(i + static_cast<std::size_t>(t)));
        }
        optimizer->step(parameters);
      }
      results.emplace_back(parameters.values().begin(), parameters.values().end());
    }
    EXPECT_EQ(results[0], results[1]) << name;
  }
  set_thread_count(threads);
}

TEST(Optimizer, TakesAKnownNorm) {
  for (const double norm : {2.0, 0.25}) {
    FlatParameters parameters = variables({{1}});
    parameters.gradients()[0] = 1;
    const auto optimizer = make_optimizer("SGD", with(1, {.global_clipnorm = 0.5}));
    optimizer->bind(parameters);
    optimizer->step(parameters, norm);
    EXPECT_FLOAT_EQ(parameters.values()[0], norm > 0.5 ? -0.25F : -1.0F);
  }
}

TEST(Optimizer, LeavesUntrainableVariablesAlone) {
  FlatParameters parameters({{.name = "mean", .shape = {2}, .trainable = false, .range = {}},
                             {.name = "kernel", .shape = {2}, .trainable = true, .range = {}}});
  std::ranges::fill(parameters.values(), 1.0F);
  std::ranges::fill(parameters.gradients(), 1.0F);
  const auto optimizer = make_optimizer("AdamW", {.clipnorm = 1});
  optimizer->bind(parameters);
  optimizer->step(parameters);
  EXPECT_EQ(parameters.value(parameters.parameters()[0]).span<float>()[1], 1);
  EXPECT_LT(parameters.value(parameters.parameters()[1]).span<float>()[1], 1);
}

TEST(Optimizer, HasTheSlotsOfKeras) {
  const auto names = [](const char* name, const OptimizerOptions& options = {}) {
    const auto optimizer = make_optimizer(name, options);
    return std::vector<std::string>(optimizer->slot_names().begin(), optimizer->slot_names().end());
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("SGD"), Names{});
  EXPECT_EQ(names("SGD", {.momentum = 0.9}), Names{"momentum"});
  EXPECT_EQ(names("Adam", {.amsgrad = true}), (Names{"momentum", "velocity", "velocity_hat"}));
  EXPECT_EQ(names("RMSprop", {.momentum = 0.9, .centered = true}),
            (Names{"velocity", "momentum", "average_gradient"}));
}

std::string listed(const std::string& specification) {
  FlatParameters parameters({{.name = "mean", .shape = {2}, .trainable = false, .range = {}},
                             {.name = "d/kernel", .shape = {2, 3}, .trainable = true, .range = {}},
                             {.name = "d/bias", .shape = {3}, .trainable = true, .range = {}}});
  const auto optimizer = make_optimizer(specification);
  optimizer->bind(parameters);
  std::string list;
  for (const OptimizerVariable& variable : optimizer->variables(parameters)) {
    list += text(variable.name, variable.parameter.empty() ? "" : variable.parameter.substr(1),
                 variable.shape, ' ');
  }
  return list;
}

// As Keras 3.15.1 lists optimizer.variables behind the iteration and the learning rate.
TEST(Optimizer, HasTheVariablesOfKerasInItsOrder) {
  EXPECT_EQ(listed("sgd"), "");
  EXPECT_EQ(listed("adam:amsgrad=true"),
            "momentum/kernel(2, 3) velocity/kernel(2, 3) momentum/bias(3,) velocity/bias(3,) "
            "velocity_hat/kernel(2, 3) velocity_hat/bias(3,) ");
  EXPECT_EQ(
      listed("sgd:momentum=0.9,use_ema=true,gradient_accumulation_steps=2"),
      "average/kernel(2, 3) average/bias(3,) gradient_accumulator/kernel(2, 3) gradient_accumulator/bias(3,) "
      "momentum/kernel(2, 3) momentum/bias(3,) ");
  EXPECT_EQ(listed("nadam"),
            "momentum/kernel(2, 3) velocity/kernel(2, 3) momentum/bias(3,) velocity/bias(3,) u_product() ");
  EXPECT_EQ(listed("muon"), "momentum/kernel(2, 3) momentum/bias(3,) velocity/bias(3,) ");
  EXPECT_EQ(listed("adafactor"),
            "r/kernel(2,) c/kernel(3,) velocity/kernel(2, 3) r/bias() c/bias() velocity/bias(3,) ");
}

TEST(Optimizer, DecaysNoExcludedVariable) {
  FlatParameters parameters({{.name = "bias_layer/kernel", .shape = {2}, .trainable = true, .range = {}},
                             {.name = "d/bias", .shape = {2}, .trainable = true, .range = {}},
                             {.name = "e/kernel", .shape = {2}, .trainable = true, .range = {}}});
  std::ranges::fill(parameters.values(), 1.0F);
  const auto optimizer = make_optimizer("sgd:weight_decay=0.5,exclude_from_weight_decay=bias/gamma", with(1));
  optimizer->bind(parameters);
  optimizer->step(parameters);
  const auto values = parameters.values();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()),
            (std::vector<float>{0.5F, 0.5F, 1, 1, 0.5F, 0.5F}));
}

TEST(Optimizer, FinalizesToTheMovingAverage) {
  FlatParameters parameters = variables({{1}});
  const auto optimizer = make_optimizer("sgd:use_ema=true,ema_momentum=0.75", with(1));
  optimizer->bind(parameters);
  parameters.gradients()[0] = -1;
  optimizer->step(parameters);
  optimizer->step(parameters);
  EXPECT_EQ(parameters.values()[0], 2);
  optimizer->finalize(parameters);
  EXPECT_EQ(parameters.values()[0], 1.25F);
}

TEST(Optimizer, FollowsItsScheduleWhereTheCallerIs) {
  OptimizerOptions options;
  options.schedule = make_learning_rate_schedule("inverse_time_decay:decay_steps=1,decay_rate=1", 1.0);
  const auto optimizer = make_optimizer("sgd", options);
  FlatParameters parameters = variables({{1}});
  optimizer->bind(parameters);
  optimizer->step(parameters);
  EXPECT_EQ(optimizer->learning_rate(), 1);
  optimizer->step(parameters);
  EXPECT_EQ(optimizer->learning_rate(), 0.5);
  optimizer->step(parameters, std::nullopt, 1.5);
  EXPECT_EQ(optimizer->learning_rate(), 0.4);
  EXPECT_THROW(optimizer->set_learning_rate(1), Error);
}

class Names : public StateVisitor {
 public:
  void array(std::string_view name, void*, DType, std::span<const std::int64_t> dims) override {
    seen += std::string(name) + "[" + (dims.empty() ? "" : std::to_string(dims[0])) + "] ";
  }
  void integer(std::string_view name, std::int64_t& value) override {
    seen += std::string(name) + "=" + std::to_string(value) + " ";
  }
  void number(std::string_view name, double&) override { seen += std::string(name) + " "; }
  void string(std::string_view, std::string&) override {}
  std::string seen;
};

TEST(Optimizer, VisitsItsState) {
  FlatParameters parameters = variables({{3}, {2}});
  const auto optimizer = make_optimizer("Adam");
  optimizer->bind(parameters);
  optimizer->step(parameters);
  Names names;
  optimizer->visit_state(names);
  EXPECT_EQ(names.seen,
            "optimizer/iteration=1 optimizer/learning_rate optimizer/momentum[5] optimizer/velocity[5] ");
  FlatParameters matrices = variables({{3, 2}, {2}});
  names.seen.clear();
  const auto adafactor = make_optimizer("adafactor:use_ema=true");
  adafactor->bind(matrices);
  adafactor->visit_state(names);
  EXPECT_EQ(names.seen,
            "optimizer/iteration=0 optimizer/learning_rate optimizer/average[8] optimizer/velocity[8] "
            "optimizer/rows[3] optimizer/columns[2] ");
}

TEST(FiniteGradientNorm, IsTheNormOrNamesTheElement) {
  FlatParameters parameters = variables({{2, 2}, {3}});
  const float gradients[] = {1, 1, 1, 1, 2, 2, 2};
  std::ranges::copy(gradients, parameters.gradients().begin());
  EXPECT_DOUBLE_EQ(finite_gradient_norm(parameters), 4);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    parameters.gradients()[5] = bad;
    try {
      finite_gradient_norm(parameters);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kNonFinite);
      EXPECT_NE(std::string(error.what()).find("layer_1/kernel"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("element 1 of (3,)"), std::string::npos) << error.what();
    }
  }
  parameters.gradients()[5] = std::numeric_limits<float>::max();
  EXPECT_TRUE(std::isfinite(finite_gradient_norm(parameters)));
}

void expect_refusal(const char* name, const OptimizerOptions& options, ExitCode code, const char* word) {
  try {
    make_optimizer(name, options);
    ADD_FAILURE() << name << " " << word;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(MakeOptimizer, RefusesBadOptions) {
  const ExitCode wrong = ExitCode::kConfiguration;
  expect_refusal("Adabelief", {}, ExitCode::kUsage, "RMSprop");
  expect_refusal("Adam", {.momentum = 0.9}, wrong, "momentum");
  expect_refusal("RMSprop", {.nesterov = true}, wrong, "nesterov");
  expect_refusal("SGD", {.epsilon = 1e-3}, wrong, "epsilon");
  expect_refusal("SGD", {.momentum = 1.5}, wrong, "1.5");
  expect_refusal("SGD", with(-1), wrong, "learning_rate");
  expect_refusal("SGD", with(std::nan("")), wrong, "learning_rate");
  expect_refusal("SGD", {.clipnorm = 1, .clipvalue = 1}, wrong, "only one");
  expect_refusal("ftrl:beta=much", {}, ExitCode::kUsage, "much");
  expect_refusal("ftrl:beta", {}, ExitCode::kUsage, "beta");
  expect_refusal("ftrl:gamma=1", {}, ExitCode::kUsage, "gamma");
  expect_refusal("lion:beta=1", {}, wrong, "takes no beta");
  expect_refusal("ftrl:learning_rate_power=0.5", {}, wrong, "learning_rate_power");
  expect_refusal("muon:ns_steps=2.5", {}, ExitCode::kUsage, "whole");
  expect_refusal("sgd:momentum=0.5", {.momentum = 0.5}, wrong, "twice");
  expect_refusal("adam:gradient_accumulation_steps=1", {}, wrong, "gradient_accumulation_steps");
}

TEST(MakeOptimizer, FillsInTheDefaultsOfKeras) {
  EXPECT_EQ(make_optimizer("SGD")->learning_rate(), 0.01);
  EXPECT_EQ(make_optimizer("adamw")->class_name(), "AdamW");
  EXPECT_EQ(make_optimizer("AdamW")->options().weight_decay, 0.004);
  EXPECT_EQ(make_optimizer("Adam")->options().weight_decay, std::nullopt);
  EXPECT_EQ(make_optimizer("RMSprop")->options().rho, 0.9);
  EXPECT_EQ(make_optimizer("Adadelta")->options().rho, 0.95);
  EXPECT_EQ(make_optimizer("muon")->options().nesterov, true);
  EXPECT_EQ(make_optimizer("ScheduleFreeAdamW")->learning_rate(), 0.0025);
}

}  // namespace
}  // namespace ktrain
