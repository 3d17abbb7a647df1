#include "ktrain/nn/layers/group_normalization.h"

#include "nn/layers/build_checks.h"
#include "nn/layers/sample_normalization.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class GroupNormalization final : public Layer {
 public:
  GroupNormalization(const std::string& name, const GroupNormalizationOptions& options, bool trainable)
      : Layer(name, "GroupNormalization", trainable), options_(options) {
    if (!(options.epsilon >= 0)) refuse(*this, "epsilon ", options.epsilon, " is negative");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    const std::int64_t channels = input[sample_axis(*this, options_.axis, input)];
    if (groups(channels) < 1 || channels % groups(channels) != 0) {
      refuse(*this, "groups ", options_.groups, " do not divide the ", channels,
             " channels of samples of shape ", input);
    }
    if (built() && !parameter_specs().empty() && parameter_specs()[0].shape != Shape{channels}) {
      refuse(*this, "was built for other channels than samples of shape ", input, " have");
    }
    const GroupNormalizationOptions& o = options_;
    if (o.scale)
      declare_one("gamma", channels, o.gamma_initializer, "Ones", o.gamma_regularizer, o.gamma_constraint);
    if (o.center)
      declare_one("beta", channels, o.beta_initializer, "Zeros", o.beta_regularizer, o.beta_constraint);
    set_built();
    return {input};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const NormalizationVariables variables{.gamma = options_.scale ? 0 : -1,
                                           .beta = !options_.center ? -1
                                                   : options_.scale ? 1
                                                                    : 0};
    return make_sample_normalization_kernel(*this, layout(rows, inputs[0]), {.epsilon = options_.epsilon},
                                            variables);
  }

 private:
  std::int64_t groups(std::int64_t channels) const {
    return options_.groups == -1 ? channels : options_.groups;
  }

  void declare_one(const char* name, std::int64_t channels,
                   const std::shared_ptr<const Initializer>& initializer, const char* otherwise,
                   const Regularizer& regularizer, const Constraint& constraint) {
    declare({.name = name,
             .shape = Shape{channels},
             .initializer = initializer ? initializer : make_initializer(otherwise),
             .regularizer = regularizer,
             .constraint = constraint});
  }

  /// Channels at the back: a line holds all groups. Elsewhere a group is a block of lines, one for each of
  /// its channels; axes before the channels would part it.
  NormalizationLayout layout(std::int64_t rows, const Shape& input) const {
    const int axis = sample_axis(*this, options_.axis, input);
    const std::int64_t channels = input[axis], count = groups(channels);
    if (axis == input.rank() - 1) {
      return {.blocks = rows,
              .lines = input.elements() / channels,
              .groups = count,
              .width = channels / count,
              .element_step = 1};
    }
    if (axis != 0) refuse(*this, "axis ", options_.axis, " is neither the first nor the last of a sample's");
    return {.blocks = rows * count,
            .lines = channels / count,
            .width = input.elements() / channels,
            .period = count,
            .block_step = channels / count,
            .line_step = 1};
  }

  GroupNormalizationOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_group_normalization(const std::string& name,
                                                const GroupNormalizationOptions& options, bool trainable) {
  return std::make_unique<GroupNormalization>(name, options, trainable);
}

}  // namespace ktrain
