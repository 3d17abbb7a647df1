#include "app/batch_scaling.h"

#include <utility>

#include "config/option.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/compile_settings.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "rebatch/batch_normalization_momenta.h"
#include "rebatch/optimizer_scaling.h"

namespace ktrain {
namespace {

std::shared_ptr<const Optimizer> optimizer_of_options(const RunConfig& config) {
  OptimizerOptions options = config.optimizer_options;
  if (config.lr_schedule) {
    options.schedule = make_learning_rate_schedule(*config.lr_schedule, options.learning_rate);
    options.learning_rate.reset();
  }
  return make_optimizer(config.optimizer, options);
}

/// What else the options say of the optimizer, none of which can be said of one that the model brings.
void require_no_optimizer_options(const RunConfig& config, const Optimizer& optimizer) {
  for (const OptionGroup& group : option_groups()) {
    if (group.title != "Optimizer") continue;
    for (const Option& option : group.options) {
      if (option.name == "lr" || option.name == "optimizer" || !config.given.contains(option.name)) continue;
      throw Error(ExitCode::kConfiguration,
                  text("--", option.name,
                       " belongs to an optimizer that is given with --optimizer; the model brings ",
                       optimizer.class_name(), " of its own"));
    }
  }
}

/// True where the file says which numbers were chosen at the base batch, as others than it holds.
bool has_base_numbers(const BatchRecord& record, std::int64_t base_batch) {
  return record.base && record.base_batch == base_batch;
}

HyperParameters numbers_of(const Optimizer& optimizer, const std::string& description) {
  HyperParameters numbers = hyper_parameters_of(optimizer);
  numbers.batch_normalization_momentum = batch_normalization_momenta(description);
  return numbers;
}

void require_trainable(const RunConfig& config, const ScaledRun& run, const Optimizer& optimizer) {
  if (run.rule == "adam_invariant") {
    throw Error(ExitCode::kConfiguration,
                "--rule adam_invariant needs the gradients of parts of each batch, which training does not "
                "measure; choose another rule");
  }
  const bool measured = config.command == Command::kTrain && config.measure_noise_scale;
  if (run.rule == "adascale" && !measured && !config.noise_scale) {
    throw Error(
        ExitCode::kConfiguration,
        "--rule adascale follows the gradient noise scale: say what it is with --noise-scale, or in training "
        "--measure-noise-scale");
  }
  if (run.rule == "adascale" && optimizer.options().schedule) {
    throw Error(
        ExitCode::kConfiguration,
        "--rule adascale and a learning-rate schedule: it would have to count the gains of the steps, "
        "which training does not; choose another rule");
  }
}

/// As `base` but with the learning rate reduced as much as that of `optimizer` was in training.
std::shared_ptr<const Optimizer> reduced(const BatchScaling& scaling, const Optimizer& optimizer) {
  const double began_with = scaling.run.hyper_parameters.learning_rate;
  if (optimizer.options().schedule || optimizer.learning_rate() == began_with || began_with == 0) {
    return scaling.base.optimizer;
  }
  ScaledRun same = {.base_batch = scaling.run.base_batch, .batch = scaling.run.base_batch};
  same.hyper_parameters = hyper_parameters_of(*scaling.base.optimizer);
  same.hyper_parameters.learning_rate *= optimizer.learning_rate() / began_with;
  return scaled_optimizer(*scaling.base.optimizer, same, ScheduleSteps::kOfBatch);
}

}  // namespace

BaseOptimizer base_optimizer(const RunConfig& config, const std::string& description) {
  const bool named = config.given.contains("optimizer") || config.given.contains("lr-schedule");
  auto compiled = named ? nullptr : read_compiled_optimizer(description);
  if (compiled == nullptr) return {.optimizer = optimizer_of_options(config), .own = true};
  require_no_optimizer_options(config, *compiled);
  if (config.optimizer_options.learning_rate) {
    compiled->set_learning_rate(*config.optimizer_options.learning_rate);
  }
  return {.optimizer = std::move(compiled), .own = false};
}

BatchScaling scale_to_batch(const RunConfig& config, const ModelSource& source) {
  BatchScaling scaling;
  scaling.record = read_batch_record(source.record, source.name);
  const auto base_batch = config.base_batch ? config.base_batch : scaling.record.base_batch;
  if (!base_batch && config.given.contains("rule")) {
    throw Error(ExitCode::kConfiguration,
                text("--rule needs --base-batch: ", source.name,
                     " does not say for which batch its hyperparameters were chosen"));
  }
  const BatchChange change = {.base_batch = base_batch.value_or(config.global_batch),
                              .new_batch = config.global_batch,
                              .noise_scale = config.noise_scale};
  if (has_base_numbers(scaling.record, change.base_batch)) {
    scaling.base_description = with_base_numbers(source.description, *scaling.record.base, source.name);
    scaling.base = base_optimizer(config, scaling.base_description);
  } else {
    scaling.base_description = source.description;
    scaling.base = base_optimizer(config, source.compiled);
  }
  scaling.own_rate = config.optimizer_options.learning_rate.has_value();
  // A batch that stays leaves the layers as they are, and they are many to go through.
  const HyperParameters numbers = change.kappa() == 1
                                      ? hyper_parameters_of(*scaling.base.optimizer)
                                      : numbers_of(*scaling.base.optimizer, scaling.base_description);
  scaling.run = scale_run(numbers, change, config.scaling);
  require_trainable(config, scaling.run, *scaling.base.optimizer);
  scaling.description = scaling.base_description;
  if (scaling.scaled()) {
    scaling.description = with_batch_normalization_momenta(
        scaling.base_description, scaling.run.hyper_parameters.batch_normalization_momentum);
  }
  scaling.state_batch = scaling.record.state ? scaling.record.state->batch
                                             : scaling.record.global_batch.value_or(change.base_batch);
  BatchChange to_state = change;
  to_state.new_batch = scaling.state_batch;
  scaling.state =
      state_factors(scale_run(numbers, to_state, config.scaling), scaling.run, config.scaling.state);
  return scaling;
}

HyperParameters base_hyper_parameters(const BatchScaling& scaling) {
  return numbers_of(*scaling.base.optimizer, scaling.base_description);
}

std::vector<std::string> explanation_of(const BatchScaling& scaling) {
  std::vector<std::string> lines = scaling.run.explanation;
  for (const std::string& warning : scaling.run.warnings) lines.push_back("warning: " + warning);
  return lines;
}

double take_up_state(const BatchScaling& scaling, const FlatParameters& parameters, Optimizer& optimizer) {
  if (scaling.record.state) optimizer.set_iterations(scaling.record.state->iterations);
  const auto iterations = static_cast<double>(optimizer.iterations());
  if (scaling.state.reset) {
    optimizer.bind(parameters);
  } else {
    convert_state(optimizer, scaling.state);
  }
  optimizer.set_iterations(converted_iterations(optimizer, scaling.state, scaling.state_kappa()));
  // The file's own learning rate is that of its batch.
  const bool as_scaled = scaling.own_rate || scaling.scaled() || scaling.record.base;
  if (as_scaled && !optimizer.options().schedule) {
    optimizer.set_learning_rate(*optimizer.options().learning_rate);
  }
  return iterations * static_cast<double>(scaling.state_batch) / static_cast<double>(scaling.run.base_batch);
}

ScaledFile scaled_file(const BatchScaling& scaling, const Optimizer& optimizer,
                       const ObjectiveTexts* objective) {
  const bool own = scaling.base.own;
  ScaledFile file;
  file.record = {.base_batch = scaling.run.base_batch, .global_batch = scaling.run.batch};
  if (!scaling.scaled()) {
    file.description = with_compile_settings(scaling.description, optimizer, own, objective);
    return file;
  }
  const auto base = reduced(scaling, optimizer);
  ScaledRun run = scaling.run;
  run.hyper_parameters.learning_rate = optimizer.learning_rate();
  const auto scaled = scaled_optimizer(*base, run, ScheduleSteps::kOfBatch);
  file.description = with_compile_settings(scaling.description, *scaled, own, objective);
  file.record.rule = run.rule;
  file.record.base = base_numbers_of(with_compile_settings(scaling.base_description, *base, own, objective));
  return file;
}

}  // namespace ktrain
