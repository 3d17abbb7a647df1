// Runs the loop's companions on given logs for callbacks.py: reads cases from a JSON file and prints one JSON
// line a case.
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "keras/json.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/train/trainer.h"
#include "support/file_text.h"
#include "support/temporary_folder.h"
#include "train/csv_logger.h"
#include "train/early_stopping.h"
#include "train/reduce_lr_on_plateau.h"
#include "train/save_best.h"

namespace ktrain {
namespace {

constexpr std::string_view kModel = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 1], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";

using Arguments = std::vector<std::string>;
const ObjectiveOptions kObjective{{{"mse"}}, {{"accuracy"}}};

/// For each epoch what the callback did: 1 when training stopped there, the rate, 1 when the model was saved;
/// behind them, for early stopping, the epoch whose weights are left.
Json run_monitor(const Json& json) {
  const auto callback = json["callback"].get<std::string>();
  const auto arguments = json["arguments"].get<Arguments>();
  Architecture architecture = architecture_from_json(kModel);
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 1.0});
  const bool stops = callback == "EarlyStopping", reduces = callback == "ReduceLROnPlateau";
  EarlyStopping stopping(early_stopping_options(stops ? arguments : Arguments()), kObjective);
  ReduceLROnPlateau reduce(reduce_lr_on_plateau_options(reduces ? arguments : Arguments()), kObjective);
  SaveBest best(save_best_options(stops || reduces ? Arguments() : arguments), kObjective);
  Json done = Json::array();
  for (std::size_t epoch = 0; epoch < json["values"].size(); ++epoch) {
    architecture.model.parameters().values()[0] = static_cast<float>(epoch);
    std::vector<NamedValue> logs;
    if (const auto value = number_of(json["values"][epoch]))
      logs = {{"val_loss", *value}, {"val_accuracy", *value}};
    if (stops) {
      done.push_back(stopping.epoch_ended(static_cast<std::int64_t>(epoch), logs, architecture.model) ? 1
                                                                                                      : 0);
      if (done.back() == 1) break;
    } else if (reduces) {
      reduce.epoch_ended(logs, *optimizer);
      done.push_back(optimizer->learning_rate());
    } else {
      done.push_back(best.epoch_ended(logs) ? 1 : 0);
    }
  }
  if (stops) {
    stopping.restore(architecture.model);
    done.push_back(architecture.model.parameters().values()[0]);
  }
  return done;
}

/// The file that the logger leaves.
Json run_logger(const Json& json) {
  const testing::TemporaryFolder folder;
  const std::string file = folder / "log.csv";
  if (json["existing"].is_string()) {
    std::ofstream(file, std::ios::binary) << json["existing"].get<std::string>();
  }
  CsvLogger logger(file, json["separator"].get<std::string>()[0], json["append"].get<bool>());
  for (std::size_t epoch = 0; epoch < json["logs"].size(); ++epoch) {
    std::vector<NamedValue> logs;
    for (const Json& log : json["logs"][epoch]) {
      logs.push_back({log[0].get<std::string>(), number_of(log[1]).value()});
    }
    logger.epoch_ended(static_cast<std::int64_t>(epoch), logs);
  }
  return testing::text_of(file);
}

/// Eight samples of ones with targets 0, but one.
class Samples final : public Dataset {
 public:
  Samples(std::int64_t bad, double value) : bad_(bad), value_(static_cast<float>(value)) {}
  std::string name() const override { return "samples"; }
  std::int64_t size() const override { return 8; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      rows[0].data<float>()[i] = 1;
      rows[1].data<float>()[i] = indices[i] == bad_ ? value_ : 0.0F;
    }
  }

 private:
  std::int64_t bad_;
  float value_;
  std::vector<FieldSpec> fields_ = {{"x", FieldSpec::Role::kInput, DType::kFloat32, {1}},
                                    {"y", FieldSpec::Role::kTarget, DType::kFloat32, {1}}};
};

/// Batches begun before the loss was not finite.
Json run_until_nan(const Json& json) {
  Architecture architecture = architecture_from_json(kModel);
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0.01});
  const auto self = make_self_communicator();
  const auto data =
      std::make_shared<Samples>(json["bad"].get<std::int64_t>(), number_of(json["value"]).value());
  Trainer trainer(*self, architecture.model, *optimizer, data,
                  {.global_batch = 1, .shuffle = false, .objective = {{{"mse"}}, {}}});
  for (int batch = 1; batch <= 8; ++batch) {
    try {
      trainer.step();
    } catch (const Error& error) {
      return error.code() == ExitCode::kNonFinite ? Json(batch) : Json(error.what());
    }
  }
  return 8;
}

Json run_case(const Json& json) {
  if (json["callback"] == "CSVLogger") return run_logger(json);
  if (json["callback"] == "TerminateOnNaN") return run_until_nan(json);
  return run_monitor(json);
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  if (count != 2) return 64;
  for (const auto& json : ktrain::parse_json(ktrain::testing::text_of(arguments[1]), arguments[1])) {
    std::puts(ktrain::run_case(json).dump().c_str());
  }
  return 0;
}
