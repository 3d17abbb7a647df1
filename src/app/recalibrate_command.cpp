#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/recalibration.h"
#include "io/durable_file.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/model_file.h"
#include "ktrain/train/recalibrate.h"

namespace ktrain {
namespace {

void check_what_comes_later(const RunConfig& config, const Run& run, int rank) {
  require_moving_statistics(run.model);
  check_save(*config.save, run.source.description);
  if (rank == 0) DurableFile probe(*config.save);
}

/// What the file holds beside the weights goes along, but for the optimizer's state of other weights.
void save(const RunConfig& config, Run& run) {
  std::unique_ptr<Optimizer> optimizer;
  if (run.source.has_weights && !config.weights) optimizer = stored_optimizer(run.source, run.model);
  save_model(*config.save, run.source.description, run.model, optimizer.get(), run.source.record);
}

}  // namespace

ExitCode run_recalibrate(Communicator& communicator, const RunConfig& config) {
  Run run = build_run(communicator, config);
  agree(communicator, [&] { check_what_comes_later(config, run, communicator.rank()); });
  const std::string done = recalibrate_model(communicator, config, run);
  agree(communicator, [&] {
    if (communicator.rank() == 0) save(config, run);
  });
  if (communicator.rank() == 0) std::puts(done.c_str());
  return ExitCode::kOk;
}

}  // namespace ktrain
