#include "ktrain/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/check.h"
#include "core/parallel.h"
#include "core/state_visitor.h"
#include "core/sum.h"
#include "ktrain/core/error.h"

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

}  // namespace

Optimizer::Optimizer(std::string class_name, const OptimizerOptions& options, Slots slots)
    : class_name_(std::move(class_name)),
      options_(options),
      slot_names_(std::move(slots.names)),
      interleaved_slots_(slots.interleaved),
      learning_rate_(options.learning_rate.value()) {}

std::span<float> Optimizer::slot(std::size_t index) {
  return {slots_.at(index).data<float>(), static_cast<std::size_t>(slot_elements_)};
}

void Optimizer::bind(const FlatParameters& parameters) {
  slot_elements_ = parameters.trainable_count();
  slots_.clear();
  for (std::size_t i = 0; i < slot_names_.size(); ++i) {
    slots_.emplace_back(static_cast<std::size_t>(slot_elements_) * sizeof(float));
  }
}

void Optimizer::step(FlatParameters& parameters, std::optional<double> gradient_norm) {
  KTRAIN_CHECK(slots_.size() == slot_names_.size() && slot_elements_ == parameters.trainable_count(),
               "bound to ", slot_elements_, " elements, stepping ", parameters.trainable_count());
  const double clipnorm = options_.clipnorm.value_or(0);
  const double global_clipnorm = options_.global_clipnorm.value_or(0);
  if (clipnorm > 0) {
    for (const Parameter& parameter : parameters.parameters()) {
      if (!parameter.trainable) continue;
      const double norm = norm_of(parameters.gradient(parameter).span<float>());
      update_range(parameters, parameter.range, clip_scale(norm, clipnorm));
    }
  } else if (global_clipnorm > 0) {
    const double norm = gradient_norm ? *gradient_norm : norm_of(parameters.gradients());
    update_range(parameters, {0, slot_elements_}, clip_scale(norm, global_clipnorm));
  } else {
    update_range(parameters, {0, slot_elements_}, 1);
  }
  ++iterations_;
}

void Optimizer::update_range(FlatParameters& parameters, Range range, float gradient_scale) {
  const double clipvalue = options_.clipvalue.value_or(0);
  parallel_for(range.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = range.begin + begin;
    Update cut = {
        .t = iterations_ + 1,
        .learning_rate = static_cast<float>(learning_rate_),
        .weight_decay = static_cast<float>(options_.weight_decay.value_or(0)),
        .gradient_scale = gradient_scale,
        .gradient_limit =
            clipvalue > 0 ? static_cast<float>(clipvalue) : std::numeric_limits<float>::infinity(),
        .count = end - begin,
        .values = parameters.values().data() + first,
        .gradients = parameters.gradients().data() + first,
        .slots = {},
    };
    for (std::size_t i = 0; i < slots_.size(); ++i) cut.slots[i] = slots_[i].data<float>() + first;
    update(cut);
  });
}

void Optimizer::visit_state(StateVisitor& visitor) {
  visitor.integer("optimizer/iteration", iterations_);
  visitor.number("optimizer/learning_rate", learning_rate_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    visitor.array("optimizer/" + slot_names_[i], slots_[i].data(), DType::kFloat32,
                  std::span(&slot_elements_, 1));
  }
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
