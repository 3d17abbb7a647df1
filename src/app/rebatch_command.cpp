#include <cstdio>
#include <string>
#include <utility>

#include "app/batch_scaling.h"
#include "app/commands.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/compile_settings.h"
#include "rebatch/batch_findings.h"
#include "rebatch/optimizer_scaling.h"

namespace ktrain {
namespace {

/// The batch of the file's numbers.
std::int64_t batch_of(const BatchRecord& record, const RunConfig& config, const std::string& file) {
  if (!config.from_batch && !record.global_batch) {
    throw Error(ExitCode::kUsage, text("ktrain rebatch needs --from N: ", file,
                                       " does not say for which global batch its numbers are"));
  }
  const std::int64_t from = config.from_batch ? *config.from_batch : *record.global_batch;
  if (record.global_batch.value_or(from) != from) {
    throw Error(ExitCode::kConfiguration, text("--from ", from, ": the numbers of ", file,
                                               " are for a global batch of ", *record.global_batch));
  }
  return from;
}

BatchScaling scaling_of(const ModelSource& source, const RunConfig& given, std::int64_t from) {
  if (read_compiled_optimizer(source.description) == nullptr) {
    throw Error(ExitCode::kConfiguration,
                text(source.name, ": was never compiled, so there are no hyperparameters to change"));
  }
  RunConfig config = given;
  const BatchRecord record = read_batch_record(source.record, source.name);
  config.base_batch = record.base ? record.base_batch : from;
  return scale_to_batch(config, source);
}

/// The optimizer at the new batch with the file's state, its iterations those of the state's batch; null
/// where the file has none.
std::unique_ptr<Optimizer> optimizer_with_state(const ModelSource& source, const Model& model,
                                                const BatchScaling& scaling) {
  auto optimizer = scaled_optimizer(*scaling.base.optimizer, scaling.run, ScheduleSteps::kOfBatch);
  optimizer->bind(model.parameters());
  if (!source.file->load_optimizer(model, *optimizer)) return nullptr;
  if (!optimizer->options().schedule) optimizer->set_learning_rate(*optimizer->options().learning_rate);
  if (scaling.record.state) optimizer->set_iterations(scaling.record.state->iterations);
  return optimizer;
}

/// The optimizer's iteration, and its slots when that is asked for. What is kept as it was gathered must be
/// known to whoever goes on.
std::optional<StateOrigin> convert(const BatchScaling& scaling, StateConversion conversion,
                                   const Model& model, Optimizer& optimizer) {
  const std::int64_t iterations = optimizer.iterations();
  if (scaling.state.reset) {
    optimizer.bind(model.parameters());
  } else if (conversion == StateConversion::kMean) {
    convert_state(optimizer, scaling.state);
  }
  optimizer.set_iterations(converted_iterations(optimizer, scaling.state, scaling.state_kappa()));
  if (conversion != StateConversion::kAuto || scaling.state_batch == scaling.run.batch) return std::nullopt;
  return StateOrigin{scaling.state_batch, iterations};
}

ScaledFile rebatched(const BatchScaling& scaling, std::int64_t from,
                     const std::optional<StateOrigin>& state) {
  const auto optimizer = scaled_optimizer(*scaling.base.optimizer, scaling.run, ScheduleSteps::kOfBatch);
  ScaledFile file = scaled_file(scaling, *optimizer, nullptr);
  file.record.state = state;
  if (!scaling.scaled()) {
    // What it was: a file that had no record before needs none.
    file.description = scaling.base_description;
    if (!scaling.record.of_training && !state) file.record = {};
  }
  file.description = with_static_batch(file.description, from, scaling.run.batch);
  return file;
}

void rebatch(const ModelSource& source, const RunConfig& config) {
  check_save(*config.save, source.description);
  const std::int64_t from = batch_of(read_batch_record(source.record, source.name), config, source.name);
  const BatchScaling scaling = scaling_of(source, config, from);
  ArchitectureOptions options = options_without_data();
  if (!source.has_weights) options.seed = 0;
  Model model = architecture_from_json(source.description, options, source.name).model;
  std::unique_ptr<Optimizer> optimizer;
  std::optional<StateOrigin> state;
  if (source.has_weights) {
    source.file->load_weights(model);
    optimizer = optimizer_with_state(source, model, scaling);
    if (optimizer) state = convert(scaling, config.scaling.state, model, *optimizer);
  }
  const ScaledFile file = rebatched(scaling, from, state);
  save_model(*config.save, file.description, model, optimizer.get(),
             with_batch_record(source.record, file.record));
  for (const std::string& line : explanation_of(scaling)) std::puts(line.c_str());
  if (state) {
    std::puts(text("the optimizer's state stays as it was gathered at batch ", state->batch,
                   "; ktrain train converts it when it goes on (--state-conversion mean: here)")
                  .c_str());
  }
}

}  // namespace

ExitCode run_rebatch(Communicator& communicator, const RunConfig& config) {
  const ModelSource source = open_model(communicator, config.model);
  agree(communicator, [&] {
    if (communicator.rank() == 0) rebatch(source, config);
  });
  return ExitCode::kOk;
}

}  // namespace ktrain
