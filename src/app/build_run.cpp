#include "app/build_run.h"

#include <cmath>
#include <filesystem>
#include <utility>

#include "checkpoint/checkpoint.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/weights.h"
#include "ktrain/optim/learning_rate_schedule.h"
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

TrainerOptions trainer_options(const RunConfig& config) {
  TrainerOptions options;
  options.global_batch = config.global_batch;
  options.base_batch = config.base_batch.value_or(0);
  options.shard = config.shard.value_or(0);
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.shuffle = config.shuffle;
  options.objective = {config.loss, config.loss_options, config.metrics};
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
