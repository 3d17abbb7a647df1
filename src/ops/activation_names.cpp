#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/ops/activation.h"
#include "ops/activation.h"

namespace ktrain {
namespace {

using Kind = ActivationKind;

constexpr std::array<std::pair<std::string_view, Activation>, 33> kNamed = {{
    {"linear", {}},
    {"relu", {.kind = Kind::kRelu}},
    {"relu6", {.kind = Kind::kRelu, .max_value = 6}},
    {"leaky_relu", {.kind = Kind::kRelu, .negative_slope = 0.2F}},
    {"elu", {.kind = Kind::kElu}},
    {"selu", {.kind = Kind::kSelu}},
    {"celu", {.kind = Kind::kCelu}},
    {"gelu", {.kind = Kind::kGelu}},
    {"silu", {.kind = Kind::kSilu}},
    {"swish", {.kind = Kind::kSilu}},
    {"hard_sigmoid", {.kind = Kind::kHardSigmoid}},
    {"keras2_hard_sigmoid", {.kind = Kind::kKeras2HardSigmoid}},
    {"hard_silu", {.kind = Kind::kHardSilu}},
    {"hard_swish", {.kind = Kind::kHardSilu}},
    {"softplus", {.kind = Kind::kSoftplus}},
    {"softsign", {.kind = Kind::kSoftsign}},
    {"tanh", {.kind = Kind::kTanh}},
    {"sigmoid", {.kind = Kind::kSigmoid}},
    {"hard_tanh", {.kind = Kind::kHardTanh}},
    {"exponential", {.kind = Kind::kExponential}},
    {"mish", {.kind = Kind::kMish}},
    {"log_sigmoid", {.kind = Kind::kLogSigmoid}},
    {"tanh_shrink", {.kind = Kind::kTanhShrink}},
    {"soft_shrink", {.kind = Kind::kSoftShrink, .threshold = 0.5F}},
    {"hard_shrink", {.kind = Kind::kHardShrink, .threshold = 0.5F}},
    {"threshold", {.kind = Kind::kThreshold}},
    {"squareplus", {.kind = Kind::kSquareplus}},
    {"sparse_plus", {.kind = Kind::kSparsePlus}},
    {"sparse_sigmoid", {.kind = Kind::kSparseSigmoid}},
    {"softmax", {.kind = Kind::kSoftmax}},
    {"log_softmax", {.kind = Kind::kLogSoftmax}},
    {"sparsemax", {.kind = Kind::kSparsemax}},
    {"glu", {.kind = Kind::kGlu}},
}};

}  // namespace

std::optional<Activation> activation_named(std::string_view name) {
  const auto found = std::ranges::find(kNamed, name, [](const auto& entry) { return entry.first; });
  if (found == kNamed.end()) return std::nullopt;
  return found->second;
}

Shape activation_output_shape(const Activation& activation, const Shape& input) {
  if (!works_along_axis(activation.kind)) return input;
  const int axis = activation.axis;
  if (axis < -input.rank() || axis >= input.rank()) {
    throw Error(ExitCode::kConfiguration, text("axis ", axis, " is not one of shape ", input));
  }
  if (activation.kind != Kind::kGlu) return input;
  if (input[axis] % 2 != 0) {
    throw Error(ExitCode::kConfiguration, text("glu cannot halve axis ", axis, " of shape ", input));
  }
  Shape output = input;
  output[axis] /= 2;
  return output;
}

}  // namespace ktrain
