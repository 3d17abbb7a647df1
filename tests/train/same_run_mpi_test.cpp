// The same training run on any number of workers: this group's run against one worker's, step by step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"
#include "support/mpi_world.h"
#include "train/models.h"
#include "train/training_cases.h"

namespace ktrain {
namespace {

using Case = testing::TrainingCase;
using testing::step_count;
using testing::training_data;

/// Weights after the first and the last step, the first step's gradients, and every step's loss.
struct Course {
  std::vector<float> first_weights;
  std::vector<float> first_gradients;
  std::vector<float> last_weights;
  std::vector<double> losses;
};

Architecture load(const Case& c) {
  return testing::load_model(c.model, {.seed = 1});
}

constexpr double kAdamRate = 1e-3;

std::unique_ptr<Optimizer> optimizer_of(const Case& c) {
  if (c.optimizer == "sgd") return make_optimizer("sgd", {.learning_rate = 0.01, .momentum = 0.9});
  return make_optimizer(c.optimizer, {.learning_rate = kAdamRate});
}

Course train(Communicator& communicator, const Case& c) {
  Architecture architecture = load(c);
  const auto optimizer = optimizer_of(c);
  Trainer trainer(communicator, architecture.model, *optimizer, training_data(c.global_batch),
                  {.global_batch = c.global_batch, .seed = 3});
  FlatParameters& parameters = architecture.model.parameters();
  const auto copy = [](std::span<const float> from) { return std::vector<float>(from.begin(), from.end()); };
  Course course;
  for (int step = 0; step < step_count(); ++step) {
    course.losses.push_back(trainer.step().loss);
    if (step > 0) continue;
    course.first_weights = copy(parameters.values());
    course.first_gradients = copy(parameters.gradients());
  }
  course.last_weights = copy(parameters.values());
  trainer.check_replicas("at the end");
  return course;
}

struct Difference {
  double value = 0;
  std::string variable;
};

using Allowance = std::function<double(std::size_t element)>;

/// Of the variable that differs most: max(|a - b| - allowance) / max(max|b|, 1e-3).
Difference weight_difference(const Model& model, const std::vector<float>& a, const std::vector<float>& b,
                             const Allowance& allowance = nullptr) {
  Difference largest;
  for (const Parameter& parameter : model.parameters().parameters()) {
    double distance = 0, size = 1e-3;
    for (auto i = static_cast<std::size_t>(parameter.range.begin);
         i < static_cast<std::size_t>(parameter.range.end); ++i) {
      const double allowed = allowance && parameter.trainable ? allowance(i) : 0;
      distance = std::max(distance, std::abs(double{a[i]} - double{b[i]}) - allowed);
      size = std::max(size, std::abs(double{b[i]}));
    }
    if (!(distance / size <= largest.value)) largest = {distance / size, parameter.name};
  }
  return largest;
}

/// Of the variable whose gradient differs most: max|a - b| / max|b|, at least 1e-3 of the largest gradient.
Difference gradient_difference(const Model& model, const std::vector<float>& a, const std::vector<float>& b) {
  double floor = 0;
  for (const float gradient : b) floor = std::max(floor, 1e-3 * std::abs(double{gradient}));
  Difference largest;
  for (const Parameter& parameter : model.parameters().parameters()) {
    double distance = 0, size = floor;
    for (auto i = parameter.range.begin; parameter.trainable && i < parameter.range.end; ++i) {
      const double of_a = a[static_cast<std::size_t>(i)], of_b = b[static_cast<std::size_t>(i)];
      distance = std::max(distance, std::abs(of_a - of_b));
      size = std::max(size, std::abs(of_b));
    }
    if (!(distance / size <= largest.value)) largest = {distance / size, parameter.name};
  }
  return largest;
}

/// Adam's first update over its rate, g / (|g| + epsilon / sqrt(1 - beta_2)): the sign of all but the
/// smallest gradients. Where a gradient is about 3e-6, what rounding makes of it is seen.
double first_adam_update(double gradient) {
  return gradient / (std::abs(gradient) + 1e-7 / std::sqrt(1 - 0.999));
}

class SameRun : public ::testing::TestWithParam<Case> {};

TEST_P(SameRun, OnAnyNumberOfWorkers) {
  Communicator& world = test_world();
  const Case& c = GetParam();
  const Course group = train(world, c);
  if (world.rank() != 0) return;
  const auto self = make_self_communicator();
  const Course alone = train(*self, c);
  const Architecture architecture = load(c);
  const Difference gradients =
      gradient_difference(architecture.model, group.first_gradients, alone.first_gradients);
  const Difference after_one =
      weight_difference(architecture.model, group.first_weights, alone.first_weights);
  const Difference beyond =
      weight_difference(architecture.model, group.first_weights, alone.first_weights, [&](std::size_t i) {
        if (c.optimizer == "sgd") return 0.0;
        return kAdamRate * std::abs(first_adam_update(double{group.first_gradients[i]}) -
                                    first_adam_update(double{alone.first_gradients[i]}));
      });
  const Difference at_end = weight_difference(architecture.model, group.last_weights, alone.last_weights);
  EXPECT_LE(gradients.value, 5e-6) << gradients.variable;
  EXPECT_LE(beyond.value, 1e-6) << beyond.variable;
  EXPECT_LE(at_end.value, 1e-4) << at_end.variable;
  double loss_difference = 0;
  for (std::size_t step = 0; step < alone.losses.size(); ++step) {
    const double relative = std::abs(group.losses[step] / alone.losses[step] - 1);
    EXPECT_LE(relative, step < 10 ? 1e-5 : 1e-4) << "step " << step + 1;
    loss_difference = std::max(loss_difference, relative);
  }
  std::printf(
      "%-17s %-5s batch %3lld  workers %d  loss %.1e  gradients %.1e  weights: step 1 %.1e, step %zu %.1e "
      "%s\n",
      c.model.c_str(), c.optimizer.c_str(), static_cast<long long>(c.global_batch), world.size(),
      loss_difference, gradients.value, after_one.value, alone.losses.size(), at_end.value,
      at_end.variable.c_str());
}

INSTANTIATE_TEST_SUITE_P(Models, SameRun, ::testing::ValuesIn(testing::training_cases()));

}  // namespace
}  // namespace ktrain
