// Evaluation and prediction on this group against one worker's: any global batch, every sample once, in
// order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ktrain/keras/architecture.h"
#include "ktrain/train/evaluate.h"
#include "support/mpi_world.h"
#include "train/models.h"

namespace ktrain {
namespace {

constexpr std::int64_t kSamples = 1061, kClasses = 10;

std::shared_ptr<const Dataset> test_images(std::int64_t begin, std::int64_t end) {
  return slice(open_dataset("idx:/usr/share/datasets/fashion-mnist,split=test"), begin, end);
}

Architecture load(const std::string& model) {
  Architecture architecture = testing::load_model(model, {});
  // Statistics of an untrained model are all alike: make them differ.
  for (const Parameter& parameter : architecture.model.parameters().parameters()) {
    if (parameter.trainable) continue;
    for (std::int64_t i = parameter.range.begin; i < parameter.range.end; ++i) {
      architecture.model.parameters().values()[static_cast<std::size_t>(i)] =
          0.5F + 0.25F * std::sin(static_cast<float>(i));
    }
  }
  architecture.model.weights_changed();
  return architecture;
}

std::vector<float> predictions(Communicator& group, Model& model, const std::shared_ptr<const Dataset>& data,
                               std::int64_t batch) {
  std::vector<float> all;
  predict(group, model, data, batch, [&](std::span<const ConstTensorView> outputs) {
    const auto rows = outputs[0].span<float>();
    all.insert(all.end(), rows.begin(), rows.end());
  });
  return all;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  return largest;
}

class Inference : public ::testing::TestWithParam<std::string> {};

TEST_P(Inference, DoesNotDependOnWorkersOrBatch) {
  Communicator& world = test_world();
  Architecture architecture = load(GetParam());
  const auto data = test_images(0, kSamples);
  const ObjectiveOptions objective = {};
  const auto self = make_self_communicator();
  const Evaluation alone = evaluate(*self, architecture.model, data, objective, 256);
  const std::vector<float> rows = predictions(*self, architecture.model, data, 256);
  ASSERT_EQ(std::ssize(rows), kSamples * kClasses);
  for (const std::int64_t batch : {1, 7, 1024}) {
    const Evaluation group = evaluate(world, architecture.model, data, objective, batch);
    EXPECT_EQ(group.samples, kSamples);
    EXPECT_NEAR(group.loss / alone.loss, 1, 1e-6) << batch;
    EXPECT_NEAR(group.metrics.at(0).value, alone.metrics.at(0).value, 1e-12) << batch;
    const std::vector<float> gathered = predictions(world, architecture.model, data, batch);
    ASSERT_EQ(gathered.size(), world.rank() == 0 ? rows.size() : 0);
    EXPECT_LE(largest_difference(gathered, rows), 1e-6) << batch;
  }
}

TEST_P(Inference, KeepsTheOrderOfTheDataset) {
  Communicator& world = test_world();
  Architecture architecture = load(GetParam());
  const std::vector<float> rows = predictions(world, architecture.model, test_images(0, kSamples), 100);
  if (world.rank() != 0) return;
  const auto self = make_self_communicator();
  for (const std::int64_t sample : {std::int64_t{0}, std::int64_t{99}, std::int64_t{517}, kSamples - 1}) {
    const std::vector<float> own = predictions(*self, architecture.model, test_images(sample, sample + 1), 1);
    const auto begin = rows.begin() + sample * kClasses;
    EXPECT_LE(largest_difference(own, {begin, begin + kClasses}), 1e-6) << sample;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Inference, ::testing::Values("mlp", "cnn_bn", "cnn_bn, penalized"));

}  // namespace
}  // namespace ktrain
