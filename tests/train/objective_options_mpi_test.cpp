// Class weights, a loss that compares samples, and cross-entropies from logits: the same run on any number of
// workers.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ktrain/keras/architecture.h"
#include "support/mpi_world.h"
#include "train/course.h"

namespace ktrain {
namespace {

constexpr std::int64_t kFeatures = 4, kClasses = 3;

/// 29 samples with a class below 3 each, as a number or one-hot, and a weight.
class Samples final : public Dataset {
 public:
  explicit Samples(bool one_hot) : one_hot_(one_hot) {
    const DType dtype = one_hot ? DType::kFloat32 : DType::kInt64;
    fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {kFeatures}},
               {"", FieldSpec::Role::kTarget, dtype, one_hot ? Shape{kClasses} : Shape()},
               {"", FieldSpec::Role::kSampleWeight, DType::kFloat32, {}}};
  }
  std::string name() const override { return "samples"; }
  std::int64_t size() const override { return 29; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      for (std::int64_t k = 0; k < kFeatures; ++k) {
        rows[0].data<float>()[static_cast<std::int64_t>(i) * kFeatures + k] =
            std::sin(static_cast<float>(indices[i] * 7 + k));
      }
      const std::int64_t own = indices[i] * 5 % kClasses;
      if (!one_hot_) rows[1].data<std::int64_t>()[i] = own;
      for (std::int64_t c = 0; one_hot_ && c < kClasses; ++c) {
        rows[1].data<float>()[static_cast<std::int64_t>(i) * kClasses + c] = c == own ? 1.0F : 0.0F;
      }
      rows[2].data<float>()[i] = 0.5F + static_cast<float>(indices[i] % 4);
    }
  }

 private:
  bool one_hot_;
  std::vector<FieldSpec> fields_;
};

struct Case {
  std::string loss;
  std::string activation = "softmax";
  bool fused = false;
  std::map<std::int64_t, double> class_weight = {};
  LossReduction reduction = LossReduction::kSumOverBatchSize;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.loss << (c.fused ? " fused, " : ", ") << c.class_weight.size() << " class weights";
}

Course run(Communicator& communicator, const Case& c) {
  const std::string last = c.loss == "circle"
                               ? R"({"class_name": "UnitNormalization", "config": {"name": "n", "axis": -1}})"
                               : R"({"class_name": "Activation", "config": {"name": "n", "activation": ")" +
                                     c.activation + R"("}})";
  const std::string model = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
    {"class_name": "Dense", "config": {"name": "y", "units": 3}}, )" +
                            last + "]}}";
  ArchitectureOptions options = {.seed = 1};
  if (c.fused) options.logits = {{"n", ActivationKind::kSoftmax}};
  Architecture architecture = architecture_from_json(model, options);
  LossSpec loss{c.loss};
  loss.options.reduction = c.reduction;
  if (c.loss == "circle") loss.options.gamma = 4;
  MetricSpec weighted{"mse"};
  weighted.weighted = true;
  const bool one_hot = c.loss == "categorical_crossentropy";
  TrainerOptions training = {.global_batch = 12, .seed = 3};
  training.objective = {
      {loss}, one_hot ? std::vector<MetricSpec>{{"accuracy"}, weighted} : std::vector<MetricSpec>{}};
  training.class_weight = c.class_weight;
  return run_course(communicator, architecture.model, 0.05, std::make_shared<Samples>(one_hot), training);
}

class ObjectiveOptionsRun : public ::testing::TestWithParam<Case> {};

TEST_P(ObjectiveOptionsRun, IsTheSameOnAnyNumberOfWorkers) {
  const Course group = run(test_world(), GetParam());
  const auto self = make_self_communicator();
  const Course alone = run(*self, GetParam());
  EXPECT_GT(alone.numbers.at(0), 0);
  expect_same_course(group, alone, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Options, ObjectiveOptionsRun,
    ::testing::Values(
        Case{.loss = "sparse_categorical_crossentropy", .class_weight = {{0, 0.5}, {2, 3}}},
        Case{.loss = "categorical_crossentropy", .class_weight = {{0, 0.5}, {1, 2.5}}},
        Case{.loss = "categorical_crossentropy",
             .class_weight = {{1, 2.5}},
             .reduction = LossReduction::kMeanWithSampleWeight},
        Case{.loss = "sparse_categorical_crossentropy", .fused = true, .class_weight = {{2, 3}}},
        Case{.loss = "categorical_crossentropy", .fused = true}, Case{.loss = "circle"},
        Case{.loss = "circle", .class_weight = {{1, 2}}, .reduction = LossReduction::kMeanWithSampleWeight},
        Case{.loss = "circle", .reduction = LossReduction::kSum}));

}  // namespace
}  // namespace ktrain
