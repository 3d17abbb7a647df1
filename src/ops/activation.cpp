#include "ops/activation.h"

#include <cstring>

#include "core/check.h"
#include "ops/activation_formulas.h"
#include "ops/axis_activation.h"
#include "ops/map.h"

namespace ktrain {
namespace {

template <typename Formula>
constexpr std::int64_t grain_of() {
  return Formula::kCostly ? kCostlyGrain : kCheapGrain;
}

void copy(ConstTensorView from, TensorView to) {
  if (from.address() != to.address()) std::memcpy(to.address(), from.address(), from.bytes());
}

}  // namespace

bool works_along_axis(ActivationKind kind) {
  return kind == ActivationKind::kSoftmax || kind == ActivationKind::kLogSoftmax ||
         kind == ActivationKind::kSparsemax || kind == ActivationKind::kGlu;
}

bool backward_needs_input(const Activation& activation) {
  if (works_along_axis(activation.kind)) return activation.kind == ActivationKind::kGlu;
  return formula::visit(activation, [](const auto& f) { return f.kNeedsInput; });
}

void activation_forward(const Activation& activation, ConstTensorView x, TensorView y) {
  if (works_along_axis(activation.kind)) return axis_activation_forward(activation, x, y);
  KTRAIN_CHECK(x.shape() == y.shape(), x.shape(), " -> ", y.shape());
  if (activation.kind == ActivationKind::kLinear) return copy(x, y);
  formula::visit(activation, [&]<typename Formula>(const Formula& f) {
    map(x.data<float>(), y.data<float>(), x.elements(), grain_of<Formula>(),
        [f](float v) { return f.value(v); });
  });
}

void activation_backward(const Activation& activation, ConstTensorView x, ConstTensorView y,
                         ConstTensorView dy, TensorView dx) {
  if (works_along_axis(activation.kind)) return axis_activation_backward(activation, x, y, dy, dx);
  KTRAIN_CHECK(dy.shape() == dx.shape(), dy.shape(), " -> ", dx.shape());
  if (activation.kind == ActivationKind::kLinear) return copy(dy, dx);
  const ConstTensorView saved = backward_needs_input(activation) ? x : y;
  KTRAIN_CHECK(!saved.empty(), "activation ", static_cast<int>(activation.kind));
  formula::visit(activation, [&]<typename Formula>(const Formula& f) {
    map(saved.data<float>(), dy.data<float>(), dx.data<float>(), dy.elements(), grain_of<Formula>(),
        [f](float s, float g) { return g * f.slope(s); });
  });
}

}  // namespace ktrain
