#include "app/build_run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "app/adaptive_batch.h"
#include "checkpoint/checkpoint.h"
#include "config/parse_value.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/keras/freeze.h"
#include "ktrain/keras/weights.h"
#include "rebatch/batch_findings.h"
#include "rebatch/optimizer_scaling.h"
#include "train/class_counts.h"
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

bool is_balanced(const RunConfig& config) {
  return config.class_weight == std::vector<std::string>{kBalanced};
}

Stratify stratify_of(const std::string& name) {
  if (name == "proportional") return Stratify::kProportional;
  return name == "balanced" ? Stratify::kBalanced : Stratify::kOff;
}

TrainerOptions trainer_options(const RunConfig& config, const ObjectiveOptions& objective, const Run& run) {
  TrainerOptions options;
  options.global_batch = config.global_batch;
  options.base_batch = run.scaling.run.base_batch;
  options.any_state_batch =
      !config.batch_schedule.empty() || config.adaptive_batch || config.given.contains("rule");
  options.shard = config.shard.value_or(0);
  options.reproducible = config.reproducible;
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.shuffle = config.shuffle;
  options.stratify = stratify_of(config.stratify);
  options.reset_states = config.reset_states;
  options.objective = objective;
  if (!is_balanced(config)) options.class_weight = class_weights_of(config.class_weight);
  if (config.measure_noise_scale) {
    options.noise.every_samples = config.noise_scale_every.value_or(
        config.adaptive_batch ? adaptive_noise_interval(config, run.data->size())
                              : default_noise_interval(config.global_batch));
  }
  options.bucket_bytes = static_cast<std::int64_t>(config.bucket_mb * 1024 * 1024);
  return options;
}

/// What the data says of inputs whose size the model leaves open.
std::map<std::string, Shape> input_shapes(const Dataset* data) {
  std::map<std::string, Shape> shapes;
  if (!data) return shapes;
  for (const FieldSpec& field : data->fields()) {
    if (field.role == FieldSpec::Role::kInput) shapes[field.name] = field.sample_shape;
  }
  return shapes;
}

bool has_values(const RunConfig& config, const ModelSource& source) {
  return config.weights || source.has_weights;
}

/// Only one rank's values are ever used, and none where they are read.
std::optional<std::uint64_t> seed_of_values(const RunConfig& config, const ModelSource& source, int rank) {
  if (rank != 0 || has_values(config, source)) return std::nullopt;
  return static_cast<std::uint64_t>(config.seed);
}

Model build_model(const RunConfig& config, const ModelSource& source, const Dataset* data, int rank,
                  const std::map<std::string, ActivationKind>& logits = {}) {
  ArchitectureOptions options;
  options.logits = logits;
  options.seed = seed_of_values(config, source, rank);
  options.statistics = config.global_batchnorm ? BatchStatistics::kGlobal : BatchStatistics::kLocal;
  options.ghost_samples = config.ghost_batchnorm;
  options.input_shapes = input_shapes(data);
  options.stateful_batch = config.global_batch;
  options.most_elements = numbers_in_memory();
  return architecture_from_json(source.description, options, source.name).model;
}

/// A model whose batch dimension is fixed to another batch gets the run's.
std::vector<std::string> fit_batch(const RunConfig& config, ModelSource& source) {
  const std::vector<BatchFinding> findings = batch_findings(source.description);
  const auto fixed = std::ranges::find(findings, BatchFinding::Kind::kStaticBatch, &BatchFinding::kind);
  if (fixed == findings.end() || *fixed->batch == config.global_batch) return {};
  const auto stateful = std::ranges::find(findings, BatchFinding::Kind::kStatefulLayer, &BatchFinding::kind);
  if (stateful != findings.end() && !config.reset_states) {
    throw Error(
        ExitCode::kConfiguration,
        text(source.name, " is for batches of ", *fixed->batch, " and layer '", stateful->layer,
             "' is stateful: row r of a batch goes on from row r of the one before, so that batches of ",
             config.global_batch, " mean other sequences; with --reset-states they begin at zero"));
  }
  source.description = with_static_batch(source.description, *fixed->batch, config.global_batch);
  return {
      text(source.name, ": its batch dimension was fixed to ", *fixed->batch, " and is ", config.global_batch,
           stateful == findings.end() ? ": no result of a sample depends on it" : ": states begin at zero")};
}

void load_values(const RunConfig& config, Run& run) {
  if (config.weights) {
    load_start_weights(*config.weights, run.model);
  } else {
    run.source.file->load_weights(run.model);
  }
}

Run make_run(Communicator& communicator, const RunConfig& config, ModelSource source) {
  const int rank = communicator.rank();
  const bool needs_weights = config.command != Command::kTrain && config.command != Command::kNoiseScale;
  if (needs_weights && !has_values(config, source)) {
    throw Error(ExitCode::kUsage, text("ktrain ", name_of(config.command), " needs --weights FILE, since ",
                                       source.name, " holds an architecture alone"));
  }
  Run run;
  run.data = open_dataset(config.data);
  if (config.validation_data) run.validation = open_dataset(*config.validation_data);
  if (config.validation_split > 0) split_off_validation(config.validation_split, run);
  if (config.command == Command::kTrain) {
    run.scaling = scale_to_batch(config, source);
    source.description = run.scaling.description;
    run.optimizer =
        scaled_optimizer(*run.scaling.base.optimizer, run.scaling.run, ScheduleSteps::kOfBaseBatch);
  }
  run.model = build_model(config, source, run.data.get(), rank);
  if (config.frozen.any() && run.model.parameters().trainable_count() == 0) {
    throw Error(ExitCode::kConfiguration, "no layer with weights is left to train");
  }
  run.source = std::move(source);
  if (config.command != Command::kPredict) {
    run.settings = run_settings(config, run.source.compiled, run.model);
    // Which outputs have such a loss only the model's names tell.
    if (config.fused_crossentropy) {
      run.model = build_model(config, run.source, run.data.get(), rank,
                              fused_outputs(run.settings.objective, run.model));
    }
  }
  if (config.adaptive_batch) {
    run.adaptive = adaptive_batch(config, run.scaling.run.base_batch, run.data->size());
    require_any_batch(run.model);
  }
  run.options = trainer_options(config, run.settings.objective, run);
  if (rank == 0 && has_values(config, run.source)) {
    run.model.move_values(
        [&](const Buffer& own) { return communicator.replicable(static_cast<std::int64_t>(own.bytes())); });
    load_values(config, run);
  }
  return run;
}

}  // namespace

Run build_run(Communicator& communicator, const RunConfig& config) {
  std::vector<std::string> notes;
  ModelSource source = open_model(communicator, config.model, [&](ModelSource& read) {
    notes = fit_batch(config, read);
    if (config.frozen.any()) read.description = freeze_layers(read.description, config.frozen);
  });
  Run run = agree(communicator, [&] { return make_run(communicator, config, std::move(source)); });
  run.notes = std::move(notes);
  // One rank has read the weights.
  run.model.move_values([&](Buffer own) { return communicator.replicate(std::move(own)); });
  if (is_balanced(config)) {
    const int target = agree(communicator, [&] { return single_target(*run.data, "class weights"); });
    run.options.class_weight = balanced_class_weights(count_classes(communicator, *run.data, target));
  }
  const bool writes_model = config.command == Command::kTrain || config.command == Command::kRecalibrate;
  if (!writes_model) run.source.file.reset();
  return run;
}

void print_notes(const Communicator& communicator, const RunConfig& config, const Run& run) {
  if (communicator.rank() != 0 || config.quiet) return;
  for (const std::string& note : run.notes) std::puts(note.c_str());
}

std::optional<double> load_optimizer(Communicator& communicator, Run& run) {
  double steps = 0;
  const std::int64_t loaded = agree(communicator, [&]() -> std::int64_t {
    Optimizer& optimizer = *run.optimizer;
    if (communicator.rank() != 0 || !run.source.file->load_optimizer(run.model, optimizer)) return 0;
    steps = take_up_state(run.scaling, run.model.parameters(), optimizer);
    return 1;
  });
  if (communicator.all_reduce(loaded, ReduceOp::kSum) == 0) return std::nullopt;
  return steps;
}

}  // namespace ktrain
