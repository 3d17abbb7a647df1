#include "ktrain/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd.h"
#include "core/state_visitor.h"
#include "core/sum.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "optim/exclusion.h"
#include "optim/update.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrain = 16384;

double norm_of(std::span<const float> values) {
  return std::sqrt(sum_of_squares(values));
}

// What brings a gradient of this norm down to the limit. NaN when the norm is not finite.
float clip_scale(double norm, double limit) {
  if (norm <= limit) return 1;
  return static_cast<float>(limit / norm * (std::isfinite(norm) ? 1.0 : std::nan("")));
}

KTRAIN_SIMD void add(std::int64_t count, const float* gradients, float divisor, float* sums) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) sums[i] = (gradients[i] + sums[i]) / divisor;
}

KTRAIN_SIMD void average(std::int64_t count, float kept, const float* values, float* averages) {
  const float rest = 1 - kept;
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) averages[i] = kept * averages[i] + rest * values[i];
}

}  // namespace

Optimizer::Optimizer(std::string class_name, const OptimizerOptions& options, Slots slots)
    : class_name_(std::move(class_name)),
      options_(options),
      interleaved_slots_(slots.interleaved),
      initial_(slots.initial),
      learning_rate_(options.learning_rate.value()) {
  if (options.use_ema.value_or(false)) slot_names_.emplace_back("average");
  if (accumulation() > 1) slot_names_.emplace_back("gradient_accumulator");
  first_rule_slot_ = slot_names_.size();
  std::ranges::move(slots.names, std::back_inserter(slot_names_));
}

void Optimizer::set_learning_rate(double learning_rate) {
  if (options_.schedule) {
    throw Error(ExitCode::kConfiguration, text("optimizer ", class_name_, ": the learning rate follows ",
                                               options_.schedule->class_name(), " and cannot be set"));
  }
  learning_rate_ = learning_rate;
}

void Optimizer::take_hyper_parameters(const Optimizer& other, const FlatParameters& parameters) {
  KTRAIN_CHECK(other.class_name_ == class_name_ && other.slot_names_ == slot_names_, class_name_, " and ",
               other.class_name_);
  options_ = other.options_;
  learning_rate_ = other.learning_rate_;
  make_segments(parameters);
}

std::span<float> Optimizer::slot(std::size_t index) {
  return {slots_.at(index).data<float>(), static_cast<std::size_t>(slot_elements_)};
}

void Optimizer::update_tensor(const OptimizerUpdate&, const Parameter& parameter, std::size_t) {
  KTRAIN_CHECK(false, class_name_, " has no rule for ", parameter.name);
}

double Optimizer::weight_decay_of(const Parameter&) const {
  return options_.weight_decay.value_or(0);
}

void Optimizer::bind(const FlatParameters& parameters) {
  slot_elements_ = parameters.trainable_count();
  slots_.clear();
  for (std::size_t i = 0; i < slot_names_.size(); ++i) {
    slots_.emplace_back(static_cast<std::size_t>(slot_elements_) * sizeof(float));
  }
  if (initial_ != 0) std::ranges::fill(slot(first_rule_slot_), initial_);
  make_segments(parameters);
  bind_own(parameters);
}

// Neighbours that are updated alike are one segment, unless something is done variable by variable.
void Optimizer::make_segments(const FlatParameters& parameters) {
  const Exclusion excluded(options_.exclude_from_weight_decay);
  const bool apart = whole_tensor() || options_.clipnorm.value_or(0) > 0;
  segments_.clear();
  std::size_t index = 0;
  for (std::size_t i = 0; i < parameters.parameters().size(); ++i) {
    const Parameter& parameter = parameters.parameters()[i];
    if (!parameter.trainable) continue;
    const std::string name = parameter.name.substr(parameter.name.rfind('/') + 1);
    const float decay = excluded.found_in(name) ? 0 : static_cast<float>(weight_decay_of(parameter));
    const bool joins = !apart && !segments_.empty() && segments_.back().weight_decay == decay &&
                       segments_.back().range.end == parameter.range.begin;
    if (joins) {
      segments_.back().range.end = parameter.range.end;
    } else {
      segments_.push_back({parameter.range, decay, i, index});
    }
    ++index;
  }
}

void Optimizer::step(FlatParameters& parameters, std::optional<double> gradient_norm,
                     std::optional<double> schedule_iteration) {
  KTRAIN_CHECK(slots_.size() == slot_names_.size() && slot_elements_ == parameters.trainable_count(),
               "bound to ", slot_elements_, " elements, stepping ", parameters.trainable_count());
  if (options_.schedule) {
    learning_rate_ = options_.schedule->at(schedule_iteration.value_or(static_cast<double>(iterations_)));
  }
  if (iterations_ == 0) begin_first_step(parameters);
  if (accumulation() == 1) {
    update_all(parameters, parameters.gradients().data(), gradient_norm);
  } else if (const float* gradients = accumulate(parameters)) {
    update_all(parameters, gradients, std::nullopt);
    std::ranges::fill(slot(first_rule_slot_ - 1), 0.0F);
  }
  if (options_.use_ema.value_or(false)) update_average(parameters);
  ++iterations_;
}

// The mean of the gradients since the last update, or null when it is not yet time for one.
const float* Optimizer::accumulate(FlatParameters& parameters) {
  const bool complete = (iterations_ + 1) % accumulation() == 0;
  const float divisor = complete ? static_cast<float>(accumulation()) : 1;
  float* sums = slot(first_rule_slot_ - 1).data();
  parallel_for(slot_elements_, kGrain, [&](std::int64_t begin, std::int64_t end) {
    add(end - begin, parameters.gradients().data() + begin, divisor, sums + begin);
  });
  return complete ? sums : nullptr;
}

void Optimizer::update_all(FlatParameters& parameters, const float* gradients,
                           std::optional<double> gradient_norm) {
  begin_update(iterations_ / accumulation() + 1);
  const double clipnorm = options_.clipnorm.value_or(0),
               global_clipnorm = options_.global_clipnorm.value_or(0);
  float scale = 1;
  if (global_clipnorm > 0 && clipnorm <= 0) {
    const auto all = std::span(gradients, static_cast<std::size_t>(slot_elements_));
    scale = clip_scale(gradient_norm ? *gradient_norm : norm_of(all), global_clipnorm);
  }
  for (const Segment& segment : segments_) {
    if (clipnorm > 0) {
      const auto size = static_cast<std::size_t>(segment.range.size());
      scale = clip_scale(norm_of({gradients + segment.range.begin, size}), clipnorm);
    }
    update_segment(parameters, segment, gradients, scale);
  }
}

void Optimizer::update_segment(FlatParameters& parameters, const Segment& segment, const float* gradients,
                               float scale) {
  const double clipvalue = options_.clipvalue.value_or(0);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = segment.range.begin + begin;
    OptimizerUpdate update = {
        .t = iterations_ / accumulation() + 1,
        .learning_rate = static_cast<float>(learning_rate_ * learning_rate_factor_),
        .weight_decay = segment.weight_decay,
        .gradient_scale = scale,
        .gradient_limit =
            clipvalue > 0 ? static_cast<float>(clipvalue) : std::numeric_limits<float>::infinity(),
        .count = end - begin,
        .values = parameters.values().data() + first,
        .gradients = gradients + first,
        .slots = {},
    };
    for (std::size_t i = first_rule_slot_; i < slots_.size(); ++i) {
      update.slots[i - first_rule_slot_] = slots_[i].data<float>() + first;
    }
    return update;
  };
  if (whole_tensor()) {
    if (segment.range.size() == 0) return;
    update_tensor(part(0, segment.range.size()), parameters.parameters()[segment.parameter], segment.index);
  } else {
    parallel_for(segment.range.size(), kGrain,
                 [&](std::int64_t begin, std::int64_t end) { update(part(begin, end)); });
  }
}

void Optimizer::update_average(FlatParameters& parameters) {
  const std::int64_t iteration = iterations_ / accumulation();
  const float kept = iteration == 0 ? 0 : static_cast<float>(options_.ema_momentum.value_or(0.99));
  float* averages = slot(0).data();
  parallel_for(slot_elements_, kGrain, [&](std::int64_t begin, std::int64_t end) {
    average(end - begin, kept, parameters.values().data() + begin, averages + begin);
  });
  const auto frequency = options_.ema_overwrite_frequency;
  if (frequency && (iteration + 1) % *frequency == 0) finalize(parameters);
}

void Optimizer::finalize(FlatParameters& parameters) {
  if (options_.use_ema.value_or(false)) std::ranges::copy(slot(0), parameters.trainable_values().begin());
}

void Optimizer::visit_state(StateVisitor& visitor) {
  visitor.integer("optimizer/iteration", iterations_);
  visitor.number("optimizer/learning_rate", learning_rate_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    visitor.array("optimizer/" + slot_names_[i], slots_[i].data(), DType::kFloat32,
                  std::span(&slot_elements_, 1));
  }
  visit_own_state(visitor);
}

std::vector<OptimizerVariable> Optimizer::variables(const FlatParameters& parameters) {
  std::vector<OptimizerVariable> variables;
  for (std::size_t slot = 0; slot < first_rule_slot_; ++slot) add_block(parameters, slot, variables);
  add_rule_variables(parameters, variables);
  return variables;
}

void Optimizer::add_rule_variables(const FlatParameters& parameters,
                                   std::vector<OptimizerVariable>& variables) {
  for (const Parameter& parameter : parameters.parameters()) {
    if (!parameter.trainable) continue;
    for (std::size_t slot = 0; slot < interleaved_slots_; ++slot)
      add_slot_variable(parameter, slot, variables);
  }
  for (std::size_t slot = first_rule_slot_ + interleaved_slots_; slot < slots_.size(); ++slot) {
    add_block(parameters, slot, variables);
  }
}

void Optimizer::add_block(const FlatParameters& parameters, std::size_t slot,
                          std::vector<OptimizerVariable>& variables) {
  for (const Parameter& parameter : parameters.parameters()) {
    if (!parameter.trainable) continue;
    variables.push_back({slot_names_[slot], parameter.name, parameter.shape,
                         slots_[slot].data<float>() + parameter.range.begin});
  }
}

void Optimizer::add_slot_variable(const Parameter& parameter, std::size_t rule_slot,
                                  std::vector<OptimizerVariable>& variables) {
  const std::size_t slot = first_rule_slot_ + rule_slot;
  variables.push_back({slot_names_[slot], parameter.name, parameter.shape,
                       slots_[slot].data<float>() + parameter.range.begin});
}

double finite_gradient_norm(FlatParameters& parameters) {
  const double norm = norm_of(parameters.gradients());
  if (std::isfinite(norm)) return norm;
  for (const Parameter& parameter : parameters.parameters()) {
    const auto gradient = parameters.gradient(parameter);
    if (gradient.empty()) continue;
    const auto elements = gradient.span<float>();
    const auto bad = std::ranges::find_if_not(elements, [](float g) { return std::isfinite(g); });
    if (bad == elements.end()) continue;
    throw Error(ExitCode::kNonFinite, text("the gradient of ", parameter.name, " is ", *bad, " at element ",
                                           bad - elements.begin(), " of ", parameter.shape));
  }
  KTRAIN_CHECK(false, "norm ", norm);
}

}  // namespace ktrain
