#include "app/run_reports.h"

#include <unistd.h>

#include <utility>

#include "app/version.h"
#include "core/digest.h"
#include "parallel/batch_plan.h"

namespace ktrain {

std::vector<WorkerShare> worker_shares(Communicator& communicator, const RunConfig& config) {
  const std::vector<std::string> hosts = communicator.all_gather(communicator.host());
  const std::vector<std::string> threads = communicator.all_gather(std::to_string(*config.threads));
  const BatchPlan plan(membership_of(communicator), 0, config.global_batch, config.shard.value_or(0));
  std::vector<WorkerShare> shares;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    shares.push_back({rank, hosts[i], plan.share(rank).size(), std::stoi(threads[i])});
  }
  return shares;
}

RunReports::RunReports(const Communicator& communicator, const RunConfig& config, const Trainer& trainer,
                       const Optimizer& optimizer)
    : trainer_(trainer),
      optimizer_(optimizer),
      workers_(communicator.size()),
      epochs_(config.epochs),
      speaks_(communicator.rank() == 0),
      progress_(speaks_ && !config.quiet ? make_progress(STDOUT_FILENO, terminal_columns(STDOUT_FILENO))
                                         : make_quiet_progress()) {
  if (speaks_ && config.log) log_.emplace(*config.log, config.log_every);
}

void RunReports::start(const RunConfig& config, std::vector<WorkerShare> plan, std::int64_t epoch_samples,
                       std::int64_t parameters) {
  samples_at_begin_ = samples_at_epoch_ = trainer_.position().samples;
  if (log_) {
    log_->start({.version = version_text(),
                 .configuration = to_fields(config),
                 .plan = std::move(plan),
                 .epochs = config.epochs,
                 .epoch_samples = epoch_samples,
                 .parameters = parameters,
                 .resumed_samples = samples_at_begin_});
  }
  began_ = epoch_began_ = step_ended_ = Clock::now();
}

RunPoint RunReports::point(Clock::time_point since, std::int64_t samples_then) const {
  const Clock::time_point now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - since).count();
  RunPoint point;
  point.epoch = trainer_.position().epoch + (trainer_.at_epoch_end() ? 0 : 1);
  point.step = trainer_.position().step;
  point.samples = trainer_.position().samples;
  point.lr = optimizer_.learning_rate() * optimizer_.learning_rate_factor();
  point.momentum = optimizer_.options().momentum;
  point.global_batch = trainer_.options().global_batch;
  point.workers = workers_;
  point.samples_per_second = elapsed > 0 ? static_cast<double>(point.samples - samples_then) / elapsed : 0;
  point.seconds = std::chrono::duration<double>(now - began_).count();
  return point;
}

void RunReports::step(const StepStatistics& statistics) {
  if (!speaks_) return;
  StepReport& report = step_report_;
  static_cast<RunPoint&>(report) = point(step_ended_, statistics.after.samples - statistics.batch);
  step_ended_ = Clock::now();
  report.epochs = epochs_;
  report.epoch_steps = trainer_.steps_per_epoch();
  report.epoch_step = trainer_.at_epoch_end() ? report.epoch_steps
                                              : statistics.after.position / trainer_.options().global_batch;
  report.loss = statistics.loss;
  report.metrics = statistics.metrics;
  report.noise = statistics.noise;
  const EpochStatistics& epoch = trainer_.epoch_statistics();
  report.epoch_loss = epoch.loss;
  report.epoch_metrics = epoch.metrics;
  const double speed = point(epoch_began_, samples_at_epoch_).samples_per_second;
  const std::int64_t left = (report.epoch_steps - report.epoch_step) * trainer_.options().global_batch;
  report.epoch_seconds_left = speed > 0 ? static_cast<double>(left) / speed : 0;
  progress_->step(report);
  if (log_) log_->step(report);
}

void RunReports::epoch(const std::optional<Evaluation>& validation) {
  validation_ = validation;
  if (speaks_) {
    EpochReport report;
    static_cast<RunPoint&>(report) = point(epoch_began_, samples_at_epoch_);
    report.epochs = epochs_;
    report.epoch_steps = trainer_.steps_per_epoch();
    report.epoch_seconds = std::chrono::duration<double>(Clock::now() - epoch_began_).count();
    const EpochStatistics& epoch = trainer_.epoch_statistics();
    report.loss = epoch.loss;
    report.metrics = epoch.metrics;
    if (validation) {
      report.val_loss = validation->loss;
      report.val_metrics = validation->metrics;
    }
    report.noise = trainer_.noise_scale();
    progress_->epoch(report);
    if (log_) log_->epoch(report);
  }
  epoch_began_ = step_ended_ = Clock::now();
  samples_at_epoch_ = trainer_.position().samples;
}

void RunReports::end(ExitCode code, std::uint64_t weights_digest) {
  const bool within_epoch = step_report_.epoch_step < step_report_.epoch_steps;
  if (speaks_ && within_epoch && code == ExitCode::kOk) progress_->end(step_report_);
  if (!log_) return;
  RunEnd end;
  static_cast<RunPoint&>(end) = point(began_, samples_at_begin_);
  end.exit_code = static_cast<int>(code);
  const EpochStatistics& epoch = trainer_.epoch_statistics();
  end.loss = epoch.loss;
  end.metrics = epoch.metrics;
  if (validation_) {
    end.val_loss = validation_->loss;
    end.val_metrics = validation_->metrics;
  }
  end.weights_digest = hex(weights_digest);
  log_->end(end);
}

void RunReports::note(std::string_view line) {
  if (speaks_) progress_->note(line);
}

}  // namespace ktrain
