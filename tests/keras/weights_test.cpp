#include "ktrain/keras/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "io/durable_file.h"
#include "io/hdf5.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;

std::string fixture(const std::string& name, const char* ending) {
  return std::string(KTRAIN_FIXTURES "/") + name + ending;
}

Model load_model(const std::string& name) {
  return load_architecture(fixture(name, ".json")).model;
}

std::unique_ptr<Optimizer> bound(const Model& model, const std::string& name,
                                 const OptimizerOptions& options = {}) {
  auto optimizer = make_optimizer(name, options);
  optimizer->bind(model.parameters());
  return optimizer;
}

/// Every dataset below `group`, by path, without what is beside a model's and an optimizer's variables.
void collect(const H5Reader& file, const std::string& group, std::vector<std::string>& datasets) {
  for (const std::string& member : file.list(group)) {
    const std::string path = group.empty() ? member : group + "/" + member;
    if (path == "expected") continue;
    if (file.is_group(path)) {
      collect(file, path, datasets);
    } else {
      datasets.push_back(path);
    }
  }
}

struct Case {
  const char* model;
  const char* optimizer;
  OptimizerOptions options;
};

OptimizerOptions with_momentum(bool centered) {
  OptimizerOptions options;
  options.momentum = 0.5;
  options.centered = centered;
  return options;
}

OptimizerOptions with_amsgrad() {
  OptimizerOptions options;
  options.amsgrad = true;
  return options;
}

const Case kCases[] = {{"activations", "adam", {}},
                       {"dense", "adamw", with_amsgrad()},
                       {"convolutions", "sgd", with_momentum(false)},
                       {"pooling", "rmsprop", {}},
                       {"normalization", "rmsprop", with_momentum(true)},
                       {"branches", "sgd", {}}};

// What Keras wrote is read and written again: the same datasets with the same values under the same paths.
TEST(Weights, RoundTripOfKerasFiles) {
  const testing::TemporaryFolder folder;
  for (const Case& one : kCases) {
    Model model = load_model(one.model);
    const auto optimizer = bound(model, one.optimizer, one.options);
    const std::string theirs = fixture(one.model, ".weights.h5"), ours = folder / "ours.weights.h5";
    load_weights(theirs, model);
    ASSERT_TRUE(load_optimizer(theirs, model, *optimizer)) << one.model;
    EXPECT_EQ(optimizer->iterations(), 7);
    EXPECT_EQ(optimizer->learning_rate(), 0.25);
    save_weights(ours, model, optimizer.get());

    const H5Reader expected(theirs), written(ours);
    std::vector<std::string> expected_paths, written_paths;
    collect(expected, "", expected_paths);
    collect(written, "", written_paths);
    ASSERT_EQ(written_paths, expected_paths) << one.model;
    for (const std::string& path : expected_paths) {
      EXPECT_EQ(written.info(path).dims, expected.info(path).dims) << path;
      EXPECT_EQ(written.read<double>(path), expected.read<double>(path)) << one.model << ": " << path;
    }
  }
}

TEST(Weights, GroupsCarryTheLayersName) {
  const testing::TemporaryFolder folder;
  Model model = load_model("normalization");
  save_weights(folder / "w.weights.h5", model);
  const H5Reader file(folder / "w.weights.h5");
  EXPECT_EQ(file.attribute("layers/batch_normalization_1/vars", "name"), "no_scale");
  EXPECT_TRUE(file.is_group("vars"));
  EXPECT_FALSE(file.exists("optimizer"));
  const auto optimizer = bound(model, "sgd");
  EXPECT_FALSE(load_optimizer(folder / "w.weights.h5", model, *optimizer));
}

TEST(Weights, TheModelKnowsThatItsWeightsChanged) {
  Model model = load_model("dense");
  const auto version = model.weights_version();
  load_weights(fixture("dense", ".weights.h5"), model);
  EXPECT_NE(model.weights_version(), version);
}

/// A weights file of `branches` with one change.
template <typename Change>
std::string changed(const testing::TemporaryFolder& folder, const Change& change) {
  const H5Reader original(fixture("branches", ".weights.h5"));
  std::vector<std::string> paths;
  collect(original, "", paths);
  H5Writer writer("changed");
  writer.group("layers");
  for (const std::string& path : paths) {
    std::string name = path;
    std::vector<std::int64_t> dims = original.info(path).dims;
    const std::vector<float> values = original.read<float>(path);
    change(name, dims);
    if (!name.empty()) writer.write(name, values.data(), DType::kFloat32, dims);
  }
  write_durably(folder / "changed.weights.h5", writer.image());
  return folder / "changed.weights.h5";
}

TEST(Weights, RefusesWhatDoesNotFit) {
  const testing::TemporaryFolder folder;
  const auto refuses = [&](auto change, const auto&... parts) {
    const std::string file = changed(folder, change);
    Model model = load_model("branches");
    expect_error(
        ExitCode::kData, [&] { load_weights(file, model); }, file, parts...);
  };
  // layers/dense is "shared" with kernel (8, 8).
  refuses(
      [](std::string& path, auto&) {
        if (path == "layers/dense/vars/0") path = "";
      },
      "layers/dense/vars/0", "missing", "shared/kernel", "(8, 8)");
  refuses(
      [](std::string& path, auto& dims) {
        if (path == "layers/dense/vars/0") dims = {4, 16};
      },
      "layers/dense/vars/0", "(4, 16)", "(8, 8)", "shared/kernel");
  refuses(
      [](std::string& path, auto&) {
        if (path.starts_with("optimizer/vars/0")) path = "layers/dense/vars/2";
      },
      "layers/dense/vars/2", "no layer");
  refuses(
      [](std::string& path, auto&) {
        if (path == "optimizer/vars/0") path = "layers/conv2d/vars/0";
      },
      "layers/conv2d");
  refuses(
      [](std::string& path, auto&) {
        if (path.starts_with("layers/")) path = "";
      },
      "missing");
}

TEST(Weights, RefusesFilesOfAnotherKind) {
  const testing::TemporaryFolder folder;
  Model model = load_model("dense");
  expect_error(
      ExitCode::kNoInput, [&] { load_weights(folder / "none.weights.h5", model); }, "none.weights.h5");
  const std::string json = fixture("dense", ".json");
  expect_error(
      ExitCode::kData, [&] { load_weights(json, model); }, json);
  expect_error(
      ExitCode::kData, [&] { load_weights(fixture("pooling", ".weights.h5"), model); }, "pooling");
}

TEST(Weights, RefusesAnotherOptimizersVariables) {
  Model model = load_model("dense");
  const std::string adamw = fixture("dense", ".weights.h5");
  const auto sgd = bound(model, "sgd");
  expect_error(
      ExitCode::kData, [&] { load_optimizer(adamw, model, *sgd); }, adamw, "optimizer variables", "SGD");
  Model other = load_model("pooling");
  const auto adam = bound(other, "adam");
  expect_error(
      ExitCode::kData, [&] { load_optimizer(fixture("branches", ".weights.h5"), other, *adam); }, "branches");
}

// What one optimizer has learnt another of its kind takes up from the file.
TEST(Weights, EveryOptimizerComesBack) {
  const testing::TemporaryFolder folder;
  for (const std::string& name : optimizer_names()) {
    for (const bool scheduled : {false, true}) {
      OptimizerOptions options{.use_ema = true, .gradient_accumulation_steps = 2};
      if (scheduled) options.schedule = make_learning_rate_schedule("cosine_decay:decay_steps=9", 0.1);
      Model model = load_model("convolutions");
      const auto first = bound(model, name, options), second = bound(model, name, options);
      for (int step = 0; step < 3; ++step) {
        std::ranges::fill(model.parameters().gradients(), 0.5F);
        first->step(model.parameters());
      }
      const std::string file = folder / "w.weights.h5";
      save_weights(file, model, first.get());
      EXPECT_EQ(H5Reader(file).list("optimizer/vars").size(),
                first->variables(model.parameters()).size() + (scheduled ? 1 : 2));
      ASSERT_TRUE(load_optimizer(file, model, *second)) << name;
      EXPECT_EQ(second->iterations(), 3);
      std::vector<float> results[2];
      const std::vector<float> before(model.parameters().values().begin(), model.parameters().values().end());
      for (int i = 0; i < 2; ++i) {
        std::ranges::copy(before, model.parameters().values().begin());
        (i == 0 ? first : second)->step(model.parameters());
        results[i].assign(model.parameters().values().begin(), model.parameters().values().end());
      }
      EXPECT_EQ(results[0], results[1]) << name;
      EXPECT_NE(results[0], before) << name;
    }
  }
}

// Under a learning-rate schedule Keras stores no learning rate, and the slots come one place earlier.
TEST(Weights, ReadsAnOptimizerUnderASchedule) {
  const testing::TemporaryFolder folder;
  const std::string file = changed(folder, [](std::string& path, auto&) {
    if (path == "optimizer/vars/1") path = "";
  });
  const Model model = load_model("branches");
  const auto optimizer = bound(model, "sgd");
  optimizer->set_learning_rate(0.5);
  EXPECT_TRUE(load_optimizer(file, model, *optimizer));
  EXPECT_EQ(optimizer->iterations(), 7);
  EXPECT_EQ(optimizer->learning_rate(), 0.5);
}

}  // namespace
}  // namespace ktrain
