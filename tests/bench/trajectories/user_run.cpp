#include "user_run.h"

#include <algorithm>
#include <utility>

#include "ktrain/core/error.h"

namespace ktrain::trajectories {
namespace {

RunConfig config_of(std::vector<std::string> options) {
  options.insert(options.begin(), "train");
  return read_run_config(options, {});
}

Run run_on_first(std::int64_t samples, Communicator& communicator, const RunConfig& config) {
  Run run = build_run(communicator, config);
  run.data = slice(run.data, 0, std::min(samples, run.data->size()));
  return run;
}

}  // namespace

UserRun::UserRun(const std::vector<std::string>& options, std::int64_t samples)
    : communicator_(make_self_communicator()),
      config_(config_of(options)),
      run_(run_on_first(samples, *communicator_, config_)),
      trainer_(*communicator_, run_.model, *run_.optimizer, run_.data, run_.options),
      changes_(*communicator_, config_, run_, trainer_) {}

bool UserRun::train_to(std::int64_t samples) {
  try {
    while (trainer_.position().samples < samples) {
      changes_.before_step();
      trainer_.step();
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::kNonFinite) throw;
    return false;
  }
  return true;
}

Evaluation UserRun::evaluated_on(const std::shared_ptr<const Dataset>& dataset) {
  constexpr std::int64_t kAtATime = 2048;
  return evaluate(*communicator_, run_.model, dataset, run_.options.objective, kAtATime);
}

}  // namespace ktrain::trajectories
