#include "ktrain/nn/layers/layer_normalization.h"

#include <algorithm>
#include <utility>

#include "nn/layers/build_checks.h"
#include "nn/layers/channels_last_kernel.h"
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
    const Shape shape = parameter_shape(input);
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
    const std::vector<int> axes = sample_axes(inputs[0]);
    if (lie_side_by_side(axes)) {
      return make_sample_normalization_kernel(*this, layout(rows, inputs[0], axes), parts_.rule,
                                              parts_.order);
    }
    NormalizationLayout last{.blocks = rows * inputs[0].elements(), .element_step = has_variables()};
    for (const int axis : axes) last.width *= inputs[0][axis];
    last.blocks /= last.width;
    auto kernel = make_sample_normalization_kernel(*this, last, parts_.rule, parts_.order);
    return make_channels_last_kernel(std::move(kernel), rows, inputs[0], axes);
  }

 private:
  std::vector<int> sample_axes(const Shape& input) const {
    std::vector<int> axes;
    for (const int axis : parts_.axis) axes.push_back(sample_axis(*this, axis, input));
    std::ranges::sort(axes);
    if (std::ranges::adjacent_find(axes) != axes.end()) refuse(*this, "names an axis twice");
    return axes;
  }

  static bool lie_side_by_side(const std::vector<int>& axes) {
    return axes.back() - axes.front() + 1 == static_cast<int>(axes.size());
  }

  /// As Keras sorts the axes, negative ones first, though the numbers lie in the order of the samples' axes.
  Shape parameter_shape(const Shape& input) const {
    std::vector<int> axes = parts_.axis;
    std::ranges::sort(axes);
    sample_axes(input);
    std::vector<std::int64_t> sizes;
    for (const int axis : axes) sizes.push_back(input[sample_axis(*this, axis, input)]);
    return Shape(sizes);
  }

  std::int64_t has_variables() const { return parts_.variables.empty() ? 0 : 1; }

  /// The axes are a line where they are the last; otherwise each lies over lines of groups of one element.
  NormalizationLayout layout(std::int64_t rows, const Shape& input, const std::vector<int>& axes) const {
    NormalizationLayout layout{.blocks = rows};
    std::int64_t count = 1, inner = 1;
    for (int axis = 0; axis < input.rank(); ++axis) {
      (axis < axes.front() ? layout.blocks : axis > axes.back() ? inner : count) *= input[axis];
    }
    if (inner == 1) {
      layout.width = count;
      layout.element_step = has_variables();
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
