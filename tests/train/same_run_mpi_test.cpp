// The same training run on any number of workers: this group's run against one worker's, step by step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"
#include "support/mpi_world.h"
#include "train/models.h"

namespace ktrain {
namespace {

struct Case {
  std::string model;
  std::string optimizer;
  std::int64_t global_batch;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.model << " " << c.optimizer << " batch " << c.global_batch;
}

/// Weights after the first and the last step, the first step's gradients, and every step's loss.
struct Course {
  std::vector<float> first_weights;
  std::vector<float> first_gradients;
  std::vector<float> last_weights;
  std::vector<double> losses;
};

/// Steps to run: KTRAIN_STEPS, else a few.
int step_count() {
  const char* steps = std::getenv("KTRAIN_STEPS");
  return steps == nullptr ? 3 : std::atoi(steps);
}

Architecture load(const Case& c) {
  return testing::load_model(c.model, {.seed = 1});
}

constexpr double kAdamRate = 1e-3;

std::unique_ptr<Optimizer> optimizer_of(const Case& c) {
  if (c.optimizer == "sgd") return make_optimizer("sgd", {.learning_rate = 0.01, .momentum = 0.9});
  return make_optimizer(c.optimizer, {.learning_rate = kAdamRate});
}

/// Few samples, so that the run soon meets a short last batch: 512 = 2·250 + 12, 128 = 25·5 + 3.
std::shared_ptr<const Dataset> data_of(const Case& c) {
  return slice(open_dataset("idx:/usr/share/datasets/fashion-mnist"), 0, c.global_batch == 5 ? 128 : 512);
}

Course train(Communicator& communicator, const Case& c) {
  Architecture architecture = load(c);
  const auto optimizer = optimizer_of(c);
  Trainer trainer(communicator, architecture.model, *optimizer, data_of(c),
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

using Allowance = std::function<double(const Parameter&, std::size_t element)>;

/// Of the variable that differs most: max(|a - b| - allowance) / max(max|b|, 1e-3).
Difference difference(const Model& model, const std::vector<float>& a, const std::vector<float>& b,
                      const Allowance& allowance = nullptr) {
  Difference largest;
  for (const Parameter& parameter : model.parameters().parameters()) {
    double distance = 0, size = 1e-3;
    for (auto i = static_cast<std::size_t>(parameter.range.begin);
         i < static_cast<std::size_t>(parameter.range.end); ++i) {
      const double allowed = allowance ? allowance(parameter, i) : 0;
      distance = std::max(distance, std::abs(double{a[i]} - double{b[i]}) - allowed);
      size = std::max(size, std::abs(double{b[i]}));
    }
    if (!(distance / size <= largest.value)) largest = {distance / size, parameter.name};
  }
  return largest;
}

/// How far a weight may lie beyond 1e-6 after Adam's first update, lr g / (|g| + e) with
/// e = epsilon / sqrt(1 - beta_2): an error d of the gradient moves it by lr d e / (|g| + e)^2. d is what
/// rounding to float32 makes of a sum over workers: one rounding for each part and one for each sum, of
/// numbers about as large as the variable's largest gradient.
Allowance first_adam_update(const Model& model, const std::vector<float>& gradients, int workers) {
  std::map<std::string, double> rounding;
  for (const Parameter& parameter : model.parameters().parameters()) {
    double largest = 0;
    for (std::int64_t i = parameter.range.begin; parameter.trainable && i < parameter.range.end; ++i) {
      largest = std::max(largest, std::abs(double{gradients[static_cast<std::size_t>(i)]}));
    }
    rounding[parameter.name] = 2 * workers * std::ldexp(largest, -24);
  }
  return [&gradients, rounding](const Parameter& parameter, std::size_t i) {
    if (!parameter.trainable) return 0.0;
    const double e = 1e-7 / std::sqrt(1 - 0.999);
    const double distance = std::abs(double{gradients[i]}) + e;
    return kAdamRate * rounding.at(parameter.name) * e / (distance * distance);
  };
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
  const Difference after_one = difference(architecture.model, group.first_weights, alone.first_weights);
  const Difference beyond =
      c.optimizer == "sgd"
          ? after_one
          : difference(architecture.model, group.first_weights, alone.first_weights,
                       first_adam_update(architecture.model, alone.first_gradients, world.size()));
  const Difference at_end = difference(architecture.model, group.last_weights, alone.last_weights);
  EXPECT_LE(beyond.value, 1e-6) << beyond.variable;
  EXPECT_LE(at_end.value, 1e-4) << at_end.variable;
  double loss_difference = 0;
  for (std::size_t step = 0; step < alone.losses.size(); ++step) {
    const double relative = std::abs(group.losses[step] / alone.losses[step] - 1);
    EXPECT_LE(relative, step < 10 ? 1e-5 : 1e-4) << "step " << step + 1;
    loss_difference = std::max(loss_difference, relative);
  }
  std::printf("%-17s %-5s batch %3lld  workers %d  loss %.1e  weights: step 1 %.1e %s, step %zu %.1e %s\n",
              c.model.c_str(), c.optimizer.c_str(), static_cast<long long>(c.global_batch), world.size(),
              loss_difference, after_one.value, after_one.variable.c_str(), alone.losses.size(), at_end.value,
              at_end.variable.c_str());
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const char* model : {"mlp", "cnn", "cnn_bn", "cnn_bn, penalized"}) {
    for (const char* optimizer : {"sgd", "adam"}) {
      for (const std::int64_t batch : {256, 250, 5}) cases.push_back({model, optimizer, batch});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, SameRun, ::testing::ValuesIn(cases()));

}  // namespace
}  // namespace ktrain
