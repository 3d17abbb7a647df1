// Keras's documented behaviour; tests/keras/callbacks.py runs the same against Keras's own classes.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "core/text.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "train/csv_logger.h"
#include "train/early_stopping.h"
#include "train/reduce_lr_on_plateau.h"
#include "train/save_best.h"

namespace ktrain {
namespace {

constexpr std::string_view kModel = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";

using Arguments = std::vector<std::string>;
const ObjectiveOptions kObjective{{{"mse"}}, {{"accuracy"}, {"mae"}}};

/// The epoch, from 0, after which training stops; -1 for none.
int stops_after(const Arguments& arguments, const std::vector<double>& values) {
  Architecture architecture = architecture_from_json(kModel);
  EarlyStopping stopping(early_stopping_options(arguments), kObjective);
  for (std::size_t epoch = 0; epoch < values.size(); ++epoch) {
    const NamedValue logs[] = {{"val_loss", values[epoch]}, {"val_accuracy", values[epoch]}};
    if (stopping.epoch_ended(static_cast<std::int64_t>(epoch), logs, architecture.model))
      return static_cast<int>(epoch);
  }
  return -1;
}

TEST(EarlyStopping, WaitsForPatience) {
  EXPECT_EQ(stops_after({}, {1, 0.9, 0.95, 0.8}), 2);
  EXPECT_EQ(stops_after({"patience=2"}, {1, 0.9, 0.95, 0.8, 0.8, 0.8}), 5);
  EXPECT_EQ(stops_after({"patience=2"}, {1, 0.9, 0.8, 0.7}), -1);
}

TEST(EarlyStopping, TheFirstEpochNeverStops) {
  EXPECT_EQ(stops_after({}, {std::nan("")}), -1);
  EXPECT_EQ(stops_after({"patience=1"}, {1, std::nan("")}), 1);
}

TEST(EarlyStopping, MustBeatTheBestByMinDelta) {
  EXPECT_EQ(stops_after({"min_delta=0.1"}, {1, 0.95}), 1);
  EXPECT_EQ(stops_after({"min_delta=-0.1"}, {1, 0.95}), 1);
  EXPECT_EQ(stops_after({"min_delta=0.1", "monitor=val_accuracy"}, {0.5, 0.55}), 1);
  EXPECT_EQ(stops_after({"min_delta=0.01", "monitor=val_accuracy"}, {0.5, 0.55, 0.6}), -1);
}

// An improvement that does not beat the baseline does not reset the patience.
TEST(EarlyStopping, HasABaseline) {
  EXPECT_EQ(stops_after({"baseline=0.5", "patience=2"}, {1, 0.9, 0.8, 0.9}), 3);
  EXPECT_EQ(stops_after({"baseline=0.95", "patience=2"}, {1, 0.9, 0.8, 0.9, 0.9}), 4);
}

TEST(EarlyStopping, StartsFromAnEpoch) {
  EXPECT_EQ(stops_after({"start_from_epoch=2"}, {1, 2, 3, 4}), 3);
}

TEST(EarlyStopping, RestoresTheBestWeights) {
  Architecture architecture = architecture_from_json(kModel);
  FlatParameters& parameters = architecture.model.parameters();
  EarlyStopping stopping(early_stopping_options(Arguments{"restore_best_weights=true", "patience=9"}),
                         kObjective);
  const double values[] = {2, 1, 3};
  for (int epoch = 0; epoch < 3; ++epoch) {
    parameters.values()[0] = static_cast<float>(epoch);
    const NamedValue logs[] = {{"val_loss", values[epoch]}};
    stopping.epoch_ended(epoch, logs, architecture.model);
  }
  const std::uint64_t version = architecture.model.weights_version();
  EXPECT_TRUE(stopping.restore(architecture.model));
  EXPECT_EQ(parameters.values()[0], 1);
  EXPECT_EQ(stopping.best_epoch(), 1);
  EXPECT_NE(architecture.model.weights_version(), version);
}

TEST(Monitor, KnowsWhatIsBetterOrAsks) {
  const auto expect_unknown = [](const char* monitor) {
    testing::expect_error(
        ExitCode::kConfiguration,
        [&] { Monitor(early_stopping_options(Arguments{text("monitor=", monitor)}), kObjective); },
        "mode=max");
  };
  expect_unknown("val_mse");
  expect_unknown("learning_rate");
  EXPECT_TRUE(Monitor(early_stopping_options(Arguments{"monitor=val_mae"}), kObjective).improves(1, 2));
  EXPECT_TRUE(Monitor(early_stopping_options(Arguments{"monitor=accuracy"}), kObjective).improves(2, 1));
  EXPECT_TRUE(Monitor(early_stopping_options(Arguments{"monitor=x", "mode=max"}), kObjective).improves(2, 1));
}

/// The rate after each epoch.
std::vector<double> rates(const Arguments& arguments, const std::vector<double>& values) {
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 1.0});
  ReduceLROnPlateau reduce(reduce_lr_on_plateau_options(arguments), kObjective);
  std::vector<double> rates;
  for (const double value : values) {
    const NamedValue logs[] = {{"val_loss", value}};
    reduce.epoch_ended(logs, *optimizer);
    rates.push_back(optimizer->learning_rate());
  }
  return rates;
}

TEST(ReduceLROnPlateau, ReducesAndCoolsDown) {
  using Rates = std::vector<double>;
  EXPECT_EQ(rates({"factor=0.5", "patience=2"}, {1, 1, 1, 1, 1}), (Rates{1, 1, 0.5, 0.5, 0.25}));
  EXPECT_EQ(rates({"factor=0.5", "patience=1", "cooldown=2"}, {1, 1, 1, 1, 1, 1}),
            (Rates{1, 0.5, 0.5, 0.25, 0.25, 0.125}));
  EXPECT_EQ(rates({"factor=0.5", "patience=1", "min_lr=0.4"}, {1, 1, 1, 1}), (Rates{1, 0.5, 0.4, 0.4}));
  EXPECT_EQ(rates({"factor=0.5", "patience=1"}, {1, 1 - 5e-5, 0.9}), (Rates{1, 0.5, 0.5}));
}

TEST(SaveBest, SavesWhatBeatsAllBefore) {
  SaveBest best(save_best_options(Arguments{"initial_value_threshold=0.9"}), kObjective);
  std::vector<bool> saved;
  for (const double value : {1.0, 0.8, 0.8, 0.7}) {
    const NamedValue logs[] = {{"val_loss", value}};
    saved.push_back(best.epoch_ended(logs));
  }
  EXPECT_EQ(saved, (std::vector<bool>{false, true, false, true}));
}

TEST(CompanionOptions, NameWhatIsWrong) {
  testing::expect_error(
      ExitCode::kUsage, [] { early_stopping_options(Arguments{"patients=3"}); }, "patience");
  testing::expect_error(
      ExitCode::kUsage, [] { early_stopping_options(Arguments{"patience=x"}); }, "patience");
  testing::expect_error(
      ExitCode::kUsage, [] { reduce_lr_on_plateau_options(Arguments{"factor=1"}); }, "factor");
  testing::expect_error(
      ExitCode::kUsage, [] { save_best_options(Arguments{"mode=best"}); }, "mode");
}

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(CsvLogger, WritesWhatKerasWrites) {
  const testing::TemporaryFolder folder;
  const std::string file = folder / "log.csv";
  const NamedValue plain[] = {{"loss", 0.5}, {"accuracy", 0.25}}, later[] = {{"loss", 0.125}};
  {
    CsvLogger log(file, ';', false);
    log.epoch_ended(0, plain);
    log.epoch_ended(1, later);
  }
  EXPECT_EQ(content(file),
            "epoch;accuracy;loss;val_accuracy;val_loss\r\n0;0.25;0.5;NA;NA\r\n1;NA;0.125;NA;NA\r\n");
  const NamedValue validated[] = {{"loss", 0.5}, {"val_loss", 2.0}};
  CsvLogger(file, ',', true).epoch_ended(2, validated);
  EXPECT_TRUE(content(file).ends_with("\r\n2,0.5,2.0\r\n")) << content(file);
  CsvLogger(file, ',', false).epoch_ended(0, validated);
  EXPECT_EQ(content(file), "epoch,loss,val_loss\r\n0,0.5,2.0\r\n");
}

}  // namespace
}  // namespace ktrain
