#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaling/hyper_parameters.h"
#include "scaling/scaling_options.h"

namespace ktrain {

struct RuleInput {
  const HyperParameters& base;
  const BatchChange& change;
  const ScalingOptions& options;

  double kappa() const { return change.kappa(); }
  double batch() const { return static_cast<double>(change.base_batch); }
};

/// A number that a rule arrived at and how.
struct Derived {
  double value;
  std::string formula;
};

/// What rules differ in; all else follows from kappa and these. Absent: unchanged.
struct RuleEffect {
  std::string source;               ///< the paper
  Derived learning_rate = {1, ""};  ///< factor
  std::optional<Derived> momentum = {};
  std::optional<Derived> rho = {};
  std::optional<Derived> beta_1 = {};
  std::optional<Derived> beta_2 = {};
  std::optional<Derived> epsilon = {};  ///< factor
  bool warmup_in_steps = false;         ///< the warm-up keeps its steps, not its samples
  bool counts_gain = false;             ///< the schedule counts the gains of the steps (AdaScale)
  bool micro_batch_squares = false;     ///< see ScaledRun
  std::vector<std::string> warnings = {};
};

struct ScalingRule {
  std::string_view name;
  bool (*accepts)(const HyperParameters&);
  std::string_view accepted;  ///< "SGD with momentum"
  RuleEffect (*apply)(const RuleInput&);
};

/// In the order in which they are listed; `auto`, which stands for another, is not among them.
const std::vector<ScalingRule>& scaling_rules();

/// With `auto`.
std::vector<std::string> scaling_rule_names();

/// Throws Error{kUsage} listing the rules for a name that there is not.
const ScalingRule& find_scaling_rule(std::string_view name);

/// The rule's effect. Throws Error{kConfiguration} when the rule is not for this optimizer or lacks
/// something.
RuleEffect apply_rule(const ScalingRule& rule, const RuleInput& input);

/// What `auto` stands for.
struct AutoChoice {
  std::string_view rule;
  std::string_view reason;
  std::optional<double> noise_scale = {};  ///< taken where none is known, in samples
};

/// False for Adadelta, Ftrl, Adafactor, Muon and ScheduleFreeAdamW: every rule but `custom` warns.
bool has_sound_rule(OptimizerFamily family);

/// SGD: linear; with momentum half_life up to kappa 4 and linear above. RMSprop, Adam, AdamW, Nadam, Adamax:
/// adam_drift, where the noise scale is not known with one of 4 base batches or of the new batch, if that is
/// more: the learning rate then has at most sqrt(2) times the factor sqrt(kappa) of adam_sde, which is left
/// for noise scales far above. Lion: adam_sde. Lamb: lamb. LARS: lars. Adagrad: none. Those without a sound
/// rule: none.
AutoChoice choose_rule(const RuleInput& input);

/// The noise scale, for a rule that needs it; at the base batch, where any gives the same, 0 when it is not
/// known. Throws Error{kConfiguration} naming `what` when it is not known elsewhere.
double known_noise_scale(const BatchChange& change, std::string_view what);

}  // namespace ktrain
