#include "app/build_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "checkpoint/checkpoint.h"
#include "config/parse_value.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/weights.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "nn/option_value.h"
#include "train/visit_variables.h"

namespace ktrain {
namespace {

void split_off_validation(double fraction, Run& run) {
  // Keras: the last part, before any shuffling.
  const std::int64_t size = run.data->size();
  const auto kept = static_cast<std::int64_t>(std::floor(static_cast<double>(size) * (1 - fraction)));
  if (kept == 0 || kept == size) {
    throw Error(ExitCode::kConfiguration,
                text("--validation-split ", fraction, " of ", size, " samples leaves nothing on one side"));
  }
  run.validation = slice(run.data, kept, size);
  run.data = slice(run.data, 0, kept);
}

void load_start_weights(const std::string& file, Model& model) {
  if (looks_like_checkpoint(file)) {
    CheckpointReader reader(file);
    visit_variables(reader, model.parameters());
  } else {
    load_weights(file, model);
  }
}

/// Those of the run, for all losses, over those of one.
void take_over(const LossOptions& from, LossOptions& to) {
  const LossOptions absent;
  if (from.from_logits) to.from_logits = true;
  if (from.label_smoothing != absent.label_smoothing) to.label_smoothing = from.label_smoothing;
  if (from.delta != absent.delta) to.delta = from.delta;
}

void set_loss_weights(const std::vector<std::string>& weights, std::vector<LossSpec>& losses) {
  for (const std::string& given : weights) {
    const std::size_t equals = given.find('=');
    const std::string output = equals == std::string::npos ? "" : given.substr(0, equals);
    const auto loss = std::ranges::find(losses, output, &LossSpec::output);
    if (loss == losses.end()) {
      throw Error(ExitCode::kConfiguration,
                  text("--loss-weights ", given, ": no loss is given for that output"));
    }
    loss->weight = parse_number(equals == std::string::npos ? given : given.substr(equals + 1));
  }
}

ObjectiveOptions objective_options(const RunConfig& config) {
  ObjectiveOptions options{{}, {}};
  for (const std::string& loss : config.losses) {
    options.losses.push_back(parse_loss(loss));
    take_over(config.loss_options, options.losses.back().options);
  }
  set_loss_weights(config.loss_weights, options.losses);
  for (const std::string& metric : config.metrics) options.metrics.push_back(parse_metric(metric));
  for (const std::string& metric : config.weighted_metrics) {
    options.metrics.push_back(parse_metric(metric));
    options.metrics.back().weighted = true;
  }
  return options;
}

TrainerOptions trainer_options(const RunConfig& config) {
  TrainerOptions options;
  options.global_batch = config.global_batch;
  options.base_batch = config.base_batch.value_or(0);
  options.shard = config.shard.value_or(0);
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.shuffle = config.shuffle;
  options.objective = objective_options(config);
  options.bucket_bytes = static_cast<std::int64_t>(config.bucket_mb * 1024 * 1024);
  return options;
}

std::unique_ptr<Optimizer> optimizer_of(const RunConfig& config) {
  OptimizerOptions options = config.optimizer_options;
  if (config.lr_schedule) {
    options.schedule = make_learning_rate_schedule(*config.lr_schedule, options.learning_rate);
    options.learning_rate.reset();
  }
  return make_optimizer(config.optimizer, options);
}

Run make_run(const RunConfig& config, int rank) {
  Run run;
  const auto statistics = config.global_batchnorm ? BatchStatistics::kGlobal : BatchStatistics::kLocal;
  run.architecture =
      load_architecture(find_file(config.model), {static_cast<std::uint64_t>(config.seed), statistics});
  run.options = trainer_options(config);
  if (config.command != Command::kSummary) run.data = open_dataset(config.data);
  if (config.validation_data) run.validation = open_dataset(*config.validation_data);
  if (config.validation_split > 0) split_off_validation(config.validation_split, run);
  if (config.command == Command::kTrain) run.optimizer = optimizer_of(config);
  if (config.weights && rank == 0) load_start_weights(*config.weights, run.model());
  return run;
}

}  // namespace

Run build_run(Communicator& communicator, const RunConfig& config) {
  Run run = agree(communicator, [&] { return make_run(config, communicator.rank()); });
  // One rank has read the weights.
  communicator.broadcast(std::as_writable_bytes(run.model().parameters().values()));
  run.model().weights_changed();
  return run;
}

std::string find_file(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(name, error) || fs::path(name).is_absolute()) return name;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {program / ".." / "share" / "ktrain", fs::path(KTRAIN_SOURCE_DIR)}) {
    if (fs::exists(folder / name, error)) return (folder / name).lexically_normal().string();
  }
  return name;
}

}  // namespace ktrain
