#include "optim/arguments.h"

#include <algorithm>
#include <limits>

namespace ktrain {
namespace {

using O = OptimizerOptions;
constexpr double kLargest = std::numeric_limits<double>::max();

// In the order of Keras's configurations.
constexpr OptimizerArgument kArguments[] = {
    {"learning_rate", &O::learning_rate, 0, kLargest, true},
    {"weight_decay", &O::weight_decay, 0, kLargest, true},
    {"clipnorm", &O::clipnorm, 0, kLargest, true},
    {"global_clipnorm", &O::global_clipnorm, 0, kLargest, true},
    {"clipvalue", &O::clipvalue, 0, kLargest, true},
    {"use_ema", &O::use_ema, 0, 1, true},
    {"ema_momentum", &O::ema_momentum, 0, 1, true},
    {"ema_overwrite_frequency", &O::ema_overwrite_frequency, 1, kLargest, true},
    {"loss_scale_factor", &O::loss_scale_factor, 0, kLargest, true},
    {"gradient_accumulation_steps", &O::gradient_accumulation_steps, 2, kLargest, true},
    {"exclude_from_weight_decay", &O::exclude_from_weight_decay, 0, 0, true},
    {"momentum", &O::momentum, 0, 1, false},
    {"nesterov", &O::nesterov, 0, 1, false},
    {"rho", &O::rho, 0, 1, false},
    {"beta_1", &O::beta_1, 0, 1, false},
    {"beta_2", &O::beta_2, 0, 1, false},
    {"epsilon", &O::epsilon, 0, kLargest, false},
    {"amsgrad", &O::amsgrad, 0, 1, false},
    {"centered", &O::centered, 0, 1, false},
    {"initial_accumulator_value", &O::initial_accumulator_value, 0, kLargest, false},
    {"learning_rate_power", &O::learning_rate_power, -kLargest, 0, false},
    {"l1_regularization_strength", &O::l1_regularization_strength, 0, kLargest, false},
    {"l2_regularization_strength", &O::l2_regularization_strength, 0, kLargest, false},
    {"l2_shrinkage_regularization_strength", &O::l2_shrinkage_regularization_strength, 0, kLargest, false},
    {"beta", &O::beta, -kLargest, kLargest, false},
    {"beta_2_decay", &O::beta_2_decay, -kLargest, kLargest, false},
    {"epsilon_1", &O::epsilon_1, 0, kLargest, false},
    {"epsilon_2", &O::epsilon_2, 0, kLargest, false},
    {"clip_threshold", &O::clip_threshold, 0, kLargest, false},
    {"relative_step", &O::relative_step, 0, 1, false},
    {"adam_beta_1", &O::adam_beta_1, 0, 1, false},
    {"adam_beta_2", &O::adam_beta_2, 0, 1, false},
    {"exclude_layers", &O::exclude_layers, 0, 0, false},
    {"muon_a", &O::muon_a, -kLargest, kLargest, false},
    {"muon_b", &O::muon_b, -kLargest, kLargest, false},
    {"muon_c", &O::muon_c, -kLargest, kLargest, false},
    {"adam_lr_ratio", &O::adam_lr_ratio, 0, kLargest, false},
    {"ns_steps", &O::ns_steps, 0, kLargest, false},
    {"exclude_embeddings", &O::exclude_embeddings, 0, 1, false},
    {"adam_weight_decay", &O::adam_weight_decay, 0, kLargest, false},
    {"rms_rate", &O::rms_rate, 0, kLargest, false},
    {"warmup_steps", &O::warmup_steps, 0, kLargest, false},
};

struct IsGiven {
  const OptimizerOptions& options;
  template <typename T>
  bool operator()(std::optional<T> O::*member) const {
    return (options.*member).has_value();
  }
  bool operator()(std::vector<std::string> O::*member) const { return !(options.*member).empty(); }
};

}  // namespace

bool OptimizerArgument::given(const OptimizerOptions& options) const {
  return std::visit(IsGiven{options}, member);
}

std::span<const OptimizerArgument> optimizer_arguments() {
  return kArguments;
}

const OptimizerArgument* find_optimizer_argument(std::string_view name) {
  const auto* found = std::ranges::find(kArguments, name, &OptimizerArgument::name);
  return found == std::end(kArguments) ? nullptr : found;
}

}  // namespace ktrain
