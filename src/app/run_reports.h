#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "app/build_run.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/core/error.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/events.h"
#include "ktrain/train/trainer.h"
#include "report/json_log.h"
#include "report/progress.h"

namespace ktrain {

/// Who computes what of a full step. Collective.
std::vector<WorkerShare> worker_shares(Communicator& communicator, const RunConfig& config);

/// What a training run says: rank 0's progress and log, fed from the trainer. On other ranks it says nothing.
class RunReports {
 public:
  RunReports(const Communicator& communicator, const RunConfig& config, const Trainer& trainer,
             const Optimizer& optimizer);

  void start(const RunConfig& config, std::vector<WorkerShare> plan, std::int64_t epoch_samples,
             std::int64_t parameters);
  void step(const StepStatistics& statistics);
  void epoch(const std::optional<Evaluation>& validation);
  void end(ExitCode code, std::uint64_t weights_digest);
  void note(std::string_view line);

 private:
  using Clock = std::chrono::steady_clock;

  /// Where the run stands, with samples per second since `since` and `samples_then`.
  RunPoint point(Clock::time_point since, std::int64_t samples_then) const;

  const Trainer& trainer_;
  const Optimizer& optimizer_;
  int workers_;
  std::int64_t epochs_;
  bool speaks_;  ///< on rank 0
  std::unique_ptr<Progress> progress_;
  std::optional<JsonLog> log_;
  std::optional<Evaluation> validation_;
  StepReport step_report_;  ///< written again at each step
  Clock::time_point began_;
  std::int64_t samples_at_begin_ = 0;
  Clock::time_point epoch_began_;
  std::int64_t samples_at_epoch_ = 0;
  Clock::time_point step_ended_;
};

}  // namespace ktrain
