// Moving statistics estimated anew: a plain reference in float64, on any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/parallel.h"
#include "data/sampler.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/train/recalibrate.h"
#include "support/expect_error.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

constexpr std::size_t kSteps = 3, kFeatures = 4, kUnits = 6;

/// Sample i: numbers without a pattern that grow with i, so that batches differ.
class Samples final : public Dataset {
 public:
  std::string name() const override { return "samples"; }
  std::int64_t size() const override { return 250; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    float* to = rows[0].data<float>();
    for (const std::int64_t sample : indices) {
      for (std::size_t i = 0; i < kSteps * kFeatures; ++i) *to++ = value(sample, i);
    }
  }
  static float value(std::int64_t sample, std::size_t i) {
    const auto place = static_cast<float>(sample * 12 + static_cast<std::int64_t>(i));
    return std::sin(1.7F * place) + 0.01F * static_cast<float>(sample);
  }

 private:
  std::vector<FieldSpec> fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {kSteps, kFeatures}}};
};

constexpr std::string_view kModel =
    R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3, 4], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "d1", "units": 6, "activation": "relu"}},
  {"class_name": "BatchNormalization", "config": {"name": "b1", "trainable": true}},
  {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.5}},
  {"class_name": "Dense", "config": {"name": "d2", "units": 6, "activation": "relu"}},
  {"class_name": "BatchNormalization", "config": {"name": "b2", "trainable": false}},
  {"class_name": "Dense", "config": {"name": "d3", "units": 6}},
  {"class_name": "BatchNormalization", "config": {"name": "b3", "trainable": true}}]}})";

Architecture make_model(const ArchitectureOptions& options = {.seed = 1}) {
  Architecture architecture = architecture_from_json(kModel, options);
  FlatParameters& parameters = architecture.model.parameters();
  for (const Parameter& parameter : parameters.parameters()) {
    if (parameter.name.find("kernel") != std::string::npos) continue;
    const auto values = parameters.value(parameter).span<float>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.5F + 0.1F * static_cast<float>(i);
  }
  return architecture;
}

/// The values of a model's variables, by name.
using Values = std::map<std::string, std::vector<double>>;

Values values_of(Model& model) {
  Values values;
  for (const Parameter& parameter : model.parameters().parameters()) {
    const auto span = model.parameters().value(parameter).span<float>();
    values[parameter.name].assign(span.begin(), span.end());
  }
  return values;
}

/// The model in float64 on rows of numbers, one for each step of each sample of a batch.
class Reference {
 public:
  explicit Reference(const Values& values) : values_(values) {}

  void batch(const std::vector<std::int64_t>& samples) {
    Rows rows;
    for (const std::int64_t sample : samples) {
      for (std::size_t step = 0; step < kSteps; ++step) {
        std::vector<double>& row = rows.emplace_back();
        for (std::size_t i = 0; i < kFeatures; ++i)
          row.push_back(Samples::value(sample, step * kFeatures + i));
      }
    }
    samples_ += static_cast<double>(samples.size());
    dense("d1", true, rows);
    normalize("b1", false, samples.size(), rows);
    dense("d2", true, rows);
    normalize("b2", true, samples.size(), rows);
    dense("d3", false, rows);
    normalize("b3", false, samples.size(), rows);
  }

  /// What the variables are in the end.
  Values result() const {
    Values result = values_;
    for (const auto& [name, sums] : sums_) {
      for (std::size_t c = 0; c < sums.size(); ++c) result[name][c] = sums[c] / samples_;
    }
    return result;
  }

 private:
  using Rows = std::vector<std::vector<double>>;

  void dense(const std::string& name, bool relu, Rows& rows) const {
    const std::vector<double>&kernel = values_.at(name + "/kernel"), &bias = values_.at(name + "/bias");
    for (std::vector<double>& row : rows) {
      std::vector<double> y = bias;
      for (std::size_t i = 0; i < row.size(); ++i) {
        for (std::size_t u = 0; u < kUnits; ++u) y[u] += row[i] * kernel[i * kUnits + u];
      }
      for (double& value : y) value = relu ? std::max(value, 0.0) : value;
      row = y;
    }
  }

  void normalize(const std::string& name, bool frozen, std::size_t samples, Rows& rows) {
    for (std::size_t c = 0; c < kUnits; ++c) {
      double mean = 0, variance = 0;
      const auto count = static_cast<double>(rows.size());
      for (const std::vector<double>& row : rows) mean += row[c] / count;
      for (const std::vector<double>& row : rows) variance += (row[c] - mean) * (row[c] - mean) / count;
      if (frozen) {
        mean = values_.at(name + "/moving_mean")[c];
        variance = values_.at(name + "/moving_variance")[c];
      } else {
        add(name + "/moving_mean", c, static_cast<double>(samples) * mean);
        add(name + "/moving_variance", c, static_cast<double>(samples) * variance);
      }
      const double scale = values_.at(name + "/gamma")[c] / std::sqrt(variance + 1e-3);
      for (std::vector<double>& row : rows) row[c] = (row[c] - mean) * scale + values_.at(name + "/beta")[c];
    }
  }

  void add(const std::string& name, std::size_t c, double value) {
    sums_[name].resize(kUnits);
    sums_[name][c] += value;
  }

  Values values_;
  std::map<std::string, std::vector<double>> sums_;
  double samples_ = 0;
};

struct Case {
  RecalibrationOptions options;
  std::int64_t batches;
  std::int64_t samples;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << "batch " << c.options.global_batch << ", " << c.batches << " batches"
       << (c.options.shuffle ? "" : " in order") << (c.options.reproducible ? ", reproducible" : "");
}

class Recalibrate : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { set_thread_count(GetParam().options.reproducible ? 1 : threads_); }
  void TearDown() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

TEST_P(Recalibrate, GivesTheMeansOfBatchesOnAnyNumberOfWorkers) {
  const Case& c = GetParam();
  Communicator& world = test_world();
  const auto data = std::make_shared<const Samples>();
  Architecture architecture = make_model();
  Reference reference(values_of(architecture.model));
  const Recalibration done = recalibrate(world, architecture.model, data, c.options);
  EXPECT_EQ(done.layers, 2);
  EXPECT_EQ(done.batches, c.batches);
  EXPECT_EQ(done.samples, c.samples);

  const Sampler order(data->size(), c.options.seed, c.options.shuffle);
  std::int64_t epoch = 0, position = 0;
  for (std::int64_t batch = 0; batch < c.batches; ++batch) {
    std::vector<std::int64_t> samples;
    for (std::int64_t i = 0; i < c.options.global_batch && position < data->size(); ++i) {
      samples.push_back(order.index(epoch, position++));
    }
    reference.batch(samples);
    if (position < data->size()) continue;
    position = 0;
    ++epoch;
  }
  const Values measured = values_of(architecture.model), expected = reference.result();
  for (const auto& [name, values] : expected) {
    double largest = 0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(measured.at(name)[i], values[i], 1e-5 * largest) << name << i;
    }
  }

  if (!c.options.reproducible) return;
  Architecture alone = make_model();
  recalibrate(*make_self_communicator(), alone.model, data, c.options);
  EXPECT_EQ(values_of(alone.model), measured);
}

// The dataset once, some of it, more than once; batches smaller than the workers are many.
INSTANTIATE_TEST_SUITE_P(
    Batches, Recalibrate,
    ::testing::Values(
        Case{{.global_batch = 64, .shuffle = false}, 4, 250}, Case{{.global_batch = 64, .seed = 5}, 4, 250},
        Case{{.global_batch = 250, .shard = 40}, 1, 250}, Case{{.global_batch = 100, .batches = 2}, 2, 200},
        Case{{.global_batch = 100, .batches = 5, .seed = 2}, 5, 450},
        Case{{.global_batch = 3, .shuffle = false}, 84, 250}, Case{{.global_batch = 1}, 200, 200},
        Case{{.global_batch = 64, .shard = 7, .reproducible = true}, 4, 250}));

// Groups and shares are training's affair.
TEST(Recalibration, IsOverTheGlobalBatchWhateverTrainingTakes) {
  const auto data = std::make_shared<const Samples>();
  std::vector<Values> results;
  for (const ArchitectureOptions& options :
       {ArchitectureOptions{.seed = 1}, ArchitectureOptions{.seed = 1, .ghost_samples = 8},
        ArchitectureOptions{.seed = 1, .statistics = BatchStatistics::kLocal}}) {
    Architecture architecture = make_model(options);
    recalibrate(test_world(), architecture.model, data, {.global_batch = 64});
    results.push_back(values_of(architecture.model));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Recalibration, RefusesAModelWithNothingToRecalibrate) {
  const auto refused = [](const std::string& from, const std::string& to, const std::string& reason) {
    std::string json(kModel);
    for (std::size_t at = 0; (at = json.find(from, at)) != std::string::npos; at += to.size()) {
      json.replace(at, from.size(), to);
    }
    Architecture architecture = architecture_from_json(json);
    testing::expect_error(
        ExitCode::kConfiguration,
        [&] {
          recalibrate(test_world(), architecture.model, std::make_shared<const Samples>(),
                      {.global_batch = 64});
        },
        reason);
  };
  refused("BatchNormalization", "LayerNormalization", "no BatchNormalization to recalibrate");
  refused("true", "false", "is frozen");
}

}  // namespace
}  // namespace ktrain
