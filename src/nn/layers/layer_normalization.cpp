#include "ktrain/nn/layers/layer_normalization.h"

#include <algorithm>
#include <utility>

#include "nn/layers/build_checks.h"
#include "nn/layers/sample_normalization.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// What the layers here have in common: axes, a rule, and which variables there are.
struct Parts {
  std::vector<int> axis;
  NormalizationRule rule;
  std::vector<ParameterSpec> variables;  ///< gamma (or scale) and beta, without their shape
  NormalizationVariables order;
};

class AxesNormalization final : public Layer {
 public:
  AxesNormalization(const std::string& name, const char* class_name, Parts parts, bool trainable)
      : Layer(name, class_name, trainable), parts_(std::move(parts)) {
    if (parts_.axis.empty()) refuse(*this, "axis is empty");
    if (!(parts_.rule.epsilon >= 0)) refuse(*this, "epsilon ", parts_.rule.epsilon, " is negative");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    std::vector<std::int64_t> sizes;
    for (const int axis : sample_axes(input)) sizes.push_back(input[axis]);
    const Shape shape(sizes);
    for (ParameterSpec spec : parts_.variables) {
      if (built() && parameter_specs()[0].shape != shape) {
        refuse(*this, "was built for ", parameter_specs()[0].shape, ", not samples of shape ", input);
      }
      spec.shape = shape;
      declare(std::move(spec));
    }
    set_built();
    return {input};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return make_sample_normalization_kernel(*this, layout(rows, inputs[0]), parts_.rule, parts_.order);
  }

 private:
  std::vector<int> sample_axes(const Shape& input) const {
    std::vector<int> axes;
    for (const int axis : parts_.axis) axes.push_back(sample_axis(*this, axis, input));
    std::ranges::sort(axes);
    for (std::size_t i = 1; i < axes.size(); ++i) {
      if (axes[i] != axes[i - 1] + 1) refuse(*this, "axes that do not lie side by side are not supported");
    }
    return axes;
  }

  /// The axes are a line where they are the last; otherwise each lies over lines of groups of one element.
  NormalizationLayout layout(std::int64_t rows, const Shape& input) const {
    const std::vector<int> axes = sample_axes(input);
    NormalizationLayout layout{.blocks = rows};
    std::int64_t count = 1, inner = 1;
    for (int axis = 0; axis < input.rank(); ++axis) {
      (axis < axes.front() ? layout.blocks : axis > axes.back() ? inner : count) *= input[axis];
    }
    if (inner == 1) {
      layout.width = count;
      layout.element_step = parts_.variables.empty() ? 0 : 1;
    } else {
      layout.lines = count;
      layout.groups = inner;
      layout.line_step = 1;
    }
    return layout;
  }

  Parts parts_;
};

ParameterSpec variable(const char* name, const std::shared_ptr<const Initializer>& initializer,
                       const char* otherwise, const Regularizer& regularizer = {},
                       const Constraint& constraint = {}) {
  return {.name = name,
          .shape = {},
          .initializer = initializer ? initializer : make_initializer(otherwise),
          .regularizer = regularizer,
          .constraint = constraint};
}

}  // namespace

std::unique_ptr<Layer> make_layer_normalization(const std::string& name,
                                                const LayerNormalizationOptions& options, bool trainable) {
  const LayerNormalizationOptions& o = options;
  Parts parts{o.axis, {.subtracts_mean = !o.rms_scaling, .epsilon = o.epsilon}, {}, {}};
  if (o.scale || o.rms_scaling) {
    parts.order.gamma = 0;
    parts.variables.push_back(
        variable("gamma", o.gamma_initializer, "Ones", o.gamma_regularizer, o.gamma_constraint));
  }
  if (o.center && !o.rms_scaling) {
    parts.order.beta = static_cast<int>(parts.variables.size());
    parts.variables.push_back(
        variable("beta", o.beta_initializer, "Zeros", o.beta_regularizer, o.beta_constraint));
  }
  return std::make_unique<AxesNormalization>(name, "LayerNormalization", std::move(parts), trainable);
}

std::unique_ptr<Layer> make_rms_normalization(const std::string& name, const RMSNormalizationOptions& options,
                                              bool trainable) {
  const NormalizationRule rule{.about_mean = false, .subtracts_mean = false, .epsilon = options.epsilon};
  Parts parts{options.axis, rule, {variable("scale", nullptr, "Ones")}, {.gamma = 0}};
  return std::make_unique<AxesNormalization>(name, "RMSNormalization", std::move(parts), trainable);
}

std::unique_ptr<Layer> make_unit_normalization(const std::string& name,
                                               const UnitNormalizationOptions& options, bool trainable) {
  const NormalizationRule rule{
      .about_mean = false, .subtracts_mean = false, .divides = false, .largest = 1 / options.epsilon};
  return std::make_unique<AxesNormalization>(name, "UnitNormalization", Parts{options.axis, rule, {}, {}},
                                             trainable);
}

}  // namespace ktrain
