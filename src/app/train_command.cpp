#include <cstdio>
#include <optional>
#include <string>

#include "app/build_run.h"
#include "app/checkpointing.h"
#include "app/commands.h"
#include "app/companions.h"
#include "app/index_log.h"
#include "app/run_reports.h"
#include "app/signals.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/weights.h"
#include "ktrain/train/evaluate.h"

namespace ktrain {
namespace {

void print_plan(const std::vector<WorkerShare>& plan, const RunConfig& config) {
  std::string lines = text("global batch ", config.global_batch, " over ", plan.size(),
                           plan.size() == 1 ? " worker\n" : " workers\n");
  for (const WorkerShare& share : plan) {
    lines += text("rank ", share.rank, "  host ", share.host, "  samples ", share.samples, "  threads ",
                  share.threads, '\n');
  }
  std::fputs(lines.c_str(), stdout);
}

/// What would else be noticed after an epoch, or at the end.
void check_what_comes_later(Run& run, const RunConfig& config, int rank) {
  if (run.validation) require_fit(run.model(), *run.validation, run.options.objective);
  if (config.save && rank == 0) DurableFile probe(*config.save);
  if (config.save_best && rank == 0) DurableFile probe(*config.save_best);
}

bool finished(const Trainer& trainer, const RunConfig& config) {
  return trainer.position().epoch >= config.epochs ||
         (config.steps && trainer.position().step >= *config.steps);
}

std::optional<Evaluation> validate(Communicator& communicator, Run& run, const RunConfig& config) {
  if (!run.validation) return std::nullopt;
  return evaluate(communicator, run.model(), run.validation, run.options.objective, config.global_batch);
}

void note_all(RunReports& reports, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) reports.note(line);
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
    if (communicator.rank() == 0) print_plan(plan, config);
    return ExitCode::kOk;
  }
  agree(communicator, [&] { check_what_comes_later(run, config, communicator.rank()); });
  Trainer trainer(communicator, run.model(), *run.optimizer, run.data, run.options);
  Companions companions =
      agree(communicator, [&] { return Companions(communicator, config, run.options.objective); });
  Checkpointing checkpoints(communicator, trainer, companions, config);
  const std::vector<std::string> resumed = checkpoints.start();
  trainer.check_replicas("at the start");

  auto reports = agree(communicator, [&] {
    return std::make_unique<RunReports>(communicator, config, trainer, *run.optimizer);
  });
  IndexLog indices(communicator, config.log_indices);
  reports->start(config, plan, run.data->size(), run.model().parameters().count());
  note_all(*reports, resumed);
  note_all(*reports, run.architecture.notes);

  ExitCode result = ExitCode::kOk;
  while (!finished(trainer, config) && !companions.stopped()) {
    if (stop_signalled()) trainer.request_stop();
    const StepStatistics* done = step_unless_not_finite(trainer, config, *reports);
    if (done == nullptr) break;
    const StepStatistics& step = *done;
    reports->step(step);
    indices.step(trainer, step);
    if (trainer.at_epoch_end()) {
      trainer.check_replicas(text("at the end of epoch ", step.epoch + 1));
      const std::optional<Evaluation> validation = validate(communicator, run, config);
      reports->epoch(validation);
      note_all(*reports, companions.epoch_ended(trainer, validation, run.model(), *run.optimizer));
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
  if (result == ExitCode::kOk) {
    trainer.finalize();
    note_all(*reports, companions.training_ended(run.model()));
  }
  if (config.save) {
    agree(communicator, [&] {
      if (communicator.rank() == 0) save_weights(*config.save, run.model(), run.optimizer.get());
    });
  }
  reports->end(result, run.model().parameters().digest());
  return result;
}

}  // namespace ktrain
