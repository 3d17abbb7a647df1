// Two outputs with masks, weights and losses of their own: the same run on any number of workers.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/keras/architecture.h"
#include "support/mpi_world.h"
#include "train/course.h"

namespace ktrain {
namespace {

constexpr std::int64_t kTime = 5;

/// 37 sequences of tokens below 7, of which 0 is none, with tags below 3 and a score for each.
class Sequences : public Dataset {
 public:
  std::string name() const override { return "sequences"; }
  std::int64_t size() const override { return 37; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      for (std::int64_t t = 0; t < kTime; ++t) {
        const auto at = static_cast<std::int64_t>(i) * kTime + t;
        const std::int64_t key = indices[i] * 11 + t * 3;
        rows[0].data<float>()[at] = t < 1 + indices[i] % kTime ? static_cast<float>(1 + key % 6) : 0.0F;
        rows[1].data<std::int64_t>()[at] = key % 3;
        rows[2].data<float>()[at] = std::sin(static_cast<float>(key));
        rows[3].data<float>()[at] = 0.5F + static_cast<float>(key % 4);
      }
      rows[4].data<float>()[i] = 1.0F + static_cast<float>(indices[i] % 3);
    }
  }

 private:
  using Role = FieldSpec::Role;
  std::vector<FieldSpec> fields_ = {{"tokens", Role::kInput, DType::kFloat32, {kTime}},
                                    {"tags", Role::kTarget, DType::kInt64, {kTime}},
                                    {"score", Role::kTarget, DType::kFloat32, {kTime, 1}},
                                    {"tags", Role::kSampleWeight, DType::kFloat32, {kTime}},
                                    {"score", Role::kSampleWeight, DType::kFloat32, {}}};
};

std::string node(const std::string& from, const std::string& shape) {
  return R"("inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": )" + shape +
         R"(, "dtype": "float32", "keras_history": [")" + from + R"(", 0, 0]}}], "kwargs": {}}])";
}

std::string dense(const std::string& name, int units, const std::string& activation,
                  const std::string& from) {
  return R"({"class_name": "Dense", "name": ")" + name + R"(", "config": {"name": ")" + name +
         R"(", "units": )" + std::to_string(units) + R"(, "activation": ")" + activation + R"("}, )" +
         node(from, "[null, 5, 6]") + "}";
}

std::string tagger() {
  return R"({"class_name": "Functional", "config": {"name": "tagger", "layers": [
    {"class_name": "InputLayer", "name": "tokens", "config": {"batch_shape": [null, 5], "dtype": "int32",
     "name": "tokens"}, "inbound_nodes": []},
    {"class_name": "Embedding", "name": "embedding", "config": {"name": "embedding", "input_dim": 7,
     "output_dim": 6, "mask_zero": true}, )" +
         node("tokens", "[null, 5]") + "}," + dense("hidden", 6, "tanh", "embedding") + "," +
         dense("tags", 3, "softmax", "hidden") + "," + dense("score", 1, "linear", "hidden") +
         R"(], "input_layers": [["tokens", 0, 0]], "output_layers": [["tags", 0, 0], ["score", 0, 0]]}})";
}

ObjectiveOptions objective(LossReduction reduction) {
  LossOptions of_score;
  of_score.reduction = reduction;
  MetricSpec weighted{"auc"};
  weighted.output = "score";
  weighted.weighted = true;
  return {{{"sparse_categorical_crossentropy", "tags", {}, 0.7}, {"hinge", "score", of_score, 2}},
          {{"accuracy", "tags"}, {"mae", "score"}, weighted}};
}

Course run(Communicator& communicator, LossReduction reduction) {
  Architecture architecture = architecture_from_json(tagger(), {.seed = 1});
  // Gradients of sums are about as many times larger as a batch has values.
  const double rate = reduction == LossReduction::kSum ? 0.1 / (16 * kTime) : 0.1;
  TrainerOptions options = {.global_batch = 16, .seed = 3};
  options.objective = objective(reduction);
  return run_course(communicator, architecture.model, rate, std::make_shared<Sequences>(), options);
}

class Objectives : public ::testing::TestWithParam<LossReduction> {};

TEST_P(Objectives, AreTheSameOnAnyNumberOfWorkers) {
  const Course group = run(test_world(), GetParam());
  const auto self = make_self_communicator();
  const Course alone = run(*self, GetParam());
  ASSERT_EQ(alone.numbers.size(), 8 * 6);  // loss, two losses, three metrics
  expect_same_course(group, alone, 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Reductions, Objectives,
                         ::testing::Values(LossReduction::kSumOverBatchSize, LossReduction::kSum,
                                           LossReduction::kMeanWithSampleWeight));

}  // namespace
}  // namespace ktrain
