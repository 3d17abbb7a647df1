#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/build_run.h"
#include "config/parse_value.h"
#include "config/run_config.h"
#include "core/state_visitor.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// The global batch during a run: when it changes, and what changes with it. The same on every rank.
class BatchChanges {
 public:
  BatchChanges(Communicator& communicator, const RunConfig& config, Run& run, Trainer& trainer);

  /// After a checkpoint was loaded: goes on at the batch that the run has at that place, from the state's.
  std::vector<std::string> resumed();
  /// Before a step: changes the batch where the schedule or the noise scale says so and moves the learning
  /// rate along its ramp. Returns lines for a person, none as a rule. Collective.
  std::vector<std::string> before_step();

  /// Where the ramp is, when the batch was last decided on and by what noise scale.
  void visit_state(StateVisitor& visitor);

 private:
  std::int64_t scheduled() const;
  std::optional<double> noise_scale() const;
  /// The measured noise scale, of rank 0, where a decision is due and it is known.
  std::optional<double> decisive_noise_scale();
  std::vector<std::string> follow_noise_scale();
  ScaledRun scaled_to(std::int64_t batch) const;
  /// From a state that was gathered in the run `before`.
  std::vector<std::string> change(const ScaledRun& before, std::int64_t to);
  void change_optimizer(const ScaledRun& before, const ScaledRun& after);
  void change_statistics(const ScaledRun& after);
  void begin_ramp(double learning_rate_ratio);
  double ramp_factor() const;
  /// AdaScale's gain at the noise scale as it is measured, in units of the run's learning rate; 1 where the
  /// rule is another, or the noise scale is given or not yet known.
  double gain_factor() const;
  void follow_rates();

  Communicator& communicator_;
  const RunConfig& config_;
  Run& run_;
  Trainer& trainer_;
  HyperParameters base_;
  std::vector<BatchStage> stages_;
  /// BatchNormalization's momenta as they were in the run, with the base batch's that they come from.
  std::map<double, double> base_momenta_;
  std::int64_t ramp_samples_ = 0;  ///< its length; 0: there are no ramps
  std::int64_t ramp_begin_ = 0;    ///< samples of the run
  double ramp_from_ = 1;           ///< factor of the learning rate there
  std::int64_t decided_at_ = 0;    ///< samples of the run when an adaptive batch was last decided on
  std::optional<double> followed_noise_scale_;  ///< by which it was last changed
};

}  // namespace ktrain
