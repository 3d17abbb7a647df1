#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "app/build_run.h"
#include "app/checkpointing.h"
#include "app/commands.h"
#include "app/companions.h"
#include "app/index_log.h"
#include "app/recalibration.h"
#include "app/run_reports.h"
#include "app/signals.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/compile_settings.h"
#include "ktrain/keras/model_file.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/recalibrate.h"
#include "report/noise_scale_text.h"

namespace ktrain {
namespace {

void print_plan(const std::vector<WorkerShare>& plan, const Run& run, const RunConfig& config) {
  std::string lines = text("global batch ", config.global_batch, " over ", plan.size(),
                           plan.size() == 1 ? " worker\n" : " workers\n");
  for (const WorkerShare& share : plan) {
    lines += text("rank ", share.rank, "  host ", share.host, "  samples ", share.samples, "  threads ",
                  share.threads, '\n');
  }
  if (run.scaling.scaled()) {
    for (const std::string& line : explanation_of(run.scaling)) lines += line + '\n';
  }
  std::fputs(lines.c_str(), stdout);
}

/// What would else be noticed after an epoch, or at the end.
void check_what_comes_later(Run& run, const RunConfig& config, int rank) {
  if (run.validation) require_fit(run.model, *run.validation, run.options.objective);
  if (config.recalibrate) require_moving_statistics(run.model);
  if (config.save) check_save(*config.save, run.source.description);
  if (config.save && rank == 0) DurableFile probe(*config.save);
  if (config.save_best && rank == 0) DurableFile probe(*config.save_best);
}

bool finished(const Trainer& trainer, const RunConfig& config) {
  return trainer.position().epoch >= config.epochs ||
         (config.steps && trainer.position().step >= *config.steps);
}

std::optional<Evaluation> validate(Communicator& communicator, Run& run, const RunConfig& config) {
  if (!run.validation) return std::nullopt;
  return evaluate(communicator, run.model, run.validation, run.options.objective, config.global_batch,
                  run.inference_shard());
}

/// Continues the optimizer of the model's file, unless another one or a checkpoint takes its place.
std::vector<std::string> continue_optimizer(Communicator& communicator, Run& run, Trainer& trainer,
                                            const RunConfig& config) {
  if (run.scaling.base.own) return {};
  const Optimizer& optimizer = *run.optimizer;
  // Frozen variables have no optimizer state: that of the file is of other variables.
  std::optional<double> steps;
  if (!config.resume && !config.reset_optimizer && !config.weights && !config.frozen.any()) {
    steps = load_optimizer(communicator, run);
  }
  if (!steps) {
    return {text(run.source.name, ": compiled with ", optimizer.class_name(), ", which begins anew")};
  }
  trainer.begin_schedule_at(*steps);
  trainer.broadcast_state();
  return {text(run.source.name, ": compiled with ", optimizer.class_name(), ", which goes on from iteration ",
               optimizer.iterations())};
}

/// ktrain's own record of the training, for the model's file.
std::string record_of(const Trainer& trainer, const RunConfig& config) {
  const TrainingPosition& position = trainer.position();
  return text("{\"epoch\": ", position.epoch, ", \"position\": ", position.position,
              ", \"samples\": ", position.samples, ", \"seed\": ", config.seed, "}");
}

void save_final_model(Communicator& communicator, const RunConfig& config, const Run& run, Trainer& trainer) {
  trainer.check_replicas("at the end");
  const ObjectiveTexts objective{config.losses, config.loss_weights, config.metrics, config.weighted_metrics};
  const ScaledFile file =
      scaled_file(run.scaling, *run.optimizer, run.settings.own_objective ? &objective : nullptr);
  agree(communicator, [&] {
    if (communicator.rank() != 0) return;
    save_model(*config.save, file.description, run.model, run.optimizer.get(),
               with_batch_record(record_of(trainer, config), file.record));
  });
}

std::string frozen_note(const FlatParameters& parameters) {
  return text("fine-tuning: ", parameters.trainable_count(), " of ", parameters.count(),
              " parameters are trained");
}

/// What is the same for any number of workers, and a warning where a better cut would occupy more of them.
std::string reproducible_note(const std::vector<WorkerShare>& plan, const RunConfig& config) {
  std::string note =
      text("reproducible: the same bits on any number of workers, in shards of ", *config.shard, " samples");
  const auto idle = std::ranges::count(plan, 0, &WorkerShare::samples);
  if (idle == 0) return note;
  const auto workers = static_cast<std::int64_t>(plan.size());
  const std::int64_t better = config.global_batch / workers;
  note += text("; warning: ", idle, " of ", workers, " workers have none in a whole batch");
  return better > 0 ? note + text(", with --shard ", better, " each has one") : note;
}

void append(const std::vector<std::string>& more, std::vector<std::string>& lines) {
  lines.insert(lines.end(), more.begin(), more.end());
}

/// What of the run a person should know before it begins.
std::vector<std::string> notes_at_start(const Run& run, const Trainer& trainer,
                                        const std::vector<WorkerShare>& plan, const RunConfig& config) {
  std::vector<std::string> lines = run.notes;
  if (run.scaling.scaled()) append(explanation_of(run.scaling), lines);
  if (config.frozen.any()) lines.push_back(frozen_note(run.model.parameters()));
  if (config.reproducible) lines.push_back(reproducible_note(plan, config));
  if (!trainer.stratification().empty()) lines.push_back(trainer.stratification());
  return lines;
}

void note_all(RunReports& reports, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) reports.note(line);
}

/// What is done to the model when the training has come to its end.
std::vector<std::string> complete(Communicator& communicator, const RunConfig& config, Run& run,
                                  Trainer& trainer, const Companions& companions) {
  trainer.finalize();
  std::vector<std::string> lines = companions.training_ended(run.model);
  if (config.recalibrate) lines.push_back(recalibrate_model(communicator, config, run));
  return lines;
}

/// The next step; null when its loss is not finite and such a run is to end well (Keras's TerminateOnNaN).
/// The weights are then those before the step.
const StepStatistics* step_unless_not_finite(Trainer& trainer, const RunConfig& config, RunReports& reports) {
  try {
    return &trainer.step();
  } catch (const AgreedError& error) {
    if (!config.terminate_on_nan || error.code() != ExitCode::kNonFinite) throw;
    reports.note(text("training ends: ", error.what()));
    return nullptr;
  }
}

}  // namespace

ExitCode run_train(Communicator& communicator, const RunConfig& config) {
  if (config.checkpoint_dir) catch_stop_signals();  // from the start: one that comes early is not lost
  Run run = build_run(communicator, config);
  const std::vector<WorkerShare> plan = worker_shares(communicator, config);
  if (config.dry_run) {
    if (communicator.rank() == 0) print_plan(plan, run, config);
    return ExitCode::kOk;
  }
  agree(communicator, [&] { check_what_comes_later(run, config, communicator.rank()); });
  Optimizer& optimizer = *run.optimizer;
  Trainer trainer(communicator, run.model, optimizer, run.data, run.options);
  std::vector<std::string> lines = notes_at_start(run, trainer, plan, config);
  append(continue_optimizer(communicator, run, trainer, config), lines);
  run.source.file.reset();  // has been read
  Companions companions =
      agree(communicator, [&] { return Companions(communicator, config, run.options.objective); });
  BatchChanges changes(communicator, config, run, trainer);
  Checkpointing checkpoints(communicator, trainer, companions, changes, config);
  append(checkpoints.start(), lines);
  trainer.check_replicas("at the start");

  auto reports = agree(
      communicator, [&] { return std::make_unique<RunReports>(communicator, config, trainer, optimizer); });
  IndexLog indices(communicator, config.log_indices);
  reports->start(config, plan, run.data->size(), run.model.parameters().count());
  note_all(*reports, lines);

  ExitCode result = ExitCode::kOk;
  while (!finished(trainer, config) && !companions.stopped()) {
    if (stop_signalled()) trainer.request_stop();
    note_all(*reports, changes.before_step());
    const StepStatistics* done = step_unless_not_finite(trainer, config, *reports);
    if (done == nullptr) break;
    const StepStatistics& step = *done;
    reports->step(step);
    indices.step(trainer, step);
    if (trainer.at_epoch_end()) {
      trainer.check_replicas(text("at the end of epoch ", step.epoch + 1));
      const std::optional<Evaluation> validation = validate(communicator, run, config);
      reports->epoch(validation);
      if (const auto noise = trainer.noise_scale()) reports->note(text_of(*noise));
      note_all(*reports, companions.epoch_ended(trainer, validation, run.model, optimizer));
    }
    if (checkpoints.due() || (step.stop_requested && checkpoints.enabled())) {
      reports->note("saved " + checkpoints.save());
    }
    if (step.stop_requested && !finished(trainer, config) && !companions.stopped()) {
      result = ExitCode::kSavedForResume;
      break;
    }
  }

  if (checkpoints.enabled() && checkpoints.unsaved()) reports->note("saved " + checkpoints.save());
  if (result == ExitCode::kOk) note_all(*reports, complete(communicator, config, run, trainer, companions));
  if (config.save) save_final_model(communicator, config, run, trainer);
  reports->end(result, run.model.parameters().digest());
  return result;
}

}  // namespace ktrain
