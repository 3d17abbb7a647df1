#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// Everything that a short training run says of itself, and the weights that it ends with.
struct Course {
  std::vector<double> numbers;
  std::vector<float> weights;

  void add(double loss, const std::vector<NamedValue>& metrics) {
    numbers.push_back(loss);
    for (const NamedValue& metric : metrics) numbers.push_back(metric.value);
  }
};

/// Six steps with SGD, then an evaluation of the same data.
inline Course run_course(Communicator& communicator, Model& model, double learning_rate,
                         const std::shared_ptr<const Dataset>& data, const TrainerOptions& options) {
  const auto optimizer = make_optimizer("sgd", {.learning_rate = learning_rate});
  Trainer trainer(communicator, model, *optimizer, data, options);
  Course course;
  for (int step = 0; step < 6; ++step) {
    const StepStatistics& statistics = trainer.step();
    course.add(statistics.loss, statistics.metrics);
  }
  course.add(trainer.epoch_statistics().loss, trainer.epoch_statistics().metrics);
  const Evaluation evaluation = evaluate(communicator, model, data, options.objective, options.global_batch);
  course.add(evaluation.loss, evaluation.metrics);
  const auto values = model.parameters().values();
  course.weights.assign(values.begin(), values.end());
  return course;
}

/// Numbers to 1e-5, relative where they are large.
inline void expect_same_course(const Course& group, const Course& alone, double weight_tolerance) {
  ASSERT_EQ(group.numbers.size(), alone.numbers.size());
  for (std::size_t i = 0; i < alone.numbers.size(); ++i) {
    EXPECT_NEAR(group.numbers[i], alone.numbers[i], 1e-5 * std::max(1.0, std::abs(alone.numbers[i]))) << i;
  }
  for (std::size_t i = 0; i < alone.weights.size(); ++i)
    EXPECT_NEAR(group.weights[i], alone.weights[i], weight_tolerance) << i;
}

}  // namespace ktrain
