#include "ktrain/nn/layers/layer_scale.h"

#include <vector>

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

class LayerScaleKernel final : public LayerKernel {
 public:
  LayerScaleKernel(const Layer& layer, std::int64_t elements, std::int64_t channels)
      : layer_(layer),
        affine_(channels),
        sums_(elements, channels),
        of_gradient_(static_cast<std::size_t>(channels)),
        of_product_(static_cast<std::size_t>(channels)) {}

  void forward(const Forward& call) override {
    const auto gamma = layer_.parameters()[0].span<float>();
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      affine_.set(static_cast<std::int64_t>(c), {.scale = gamma[c]});
    }
    affine_.apply(call.inputs[0].data<float>(), call.outputs[0].data<float>(), call.inputs[0].elements());
  }

  void backward(const Backward& call) override {
    const float* dy = call.output_gradients[0].data<float>();
    const TensorView& dx = call.input_gradients[0];
    if (!dx.empty()) affine_.apply(dy, dx.data<float>(), dx.elements());
    if (call.parameter_gradients[0].empty()) return;
    sums_.compute(dy, call.inputs[0].data<float>(), call.inputs[0].elements(), of_gradient_, of_product_);
    const auto dgamma = call.parameter_gradients[0].span<float>();
    for (std::size_t c = 0; c < dgamma.size(); ++c) dgamma[c] = static_cast<float>(of_product_[c]);
  }

 private:
  const Layer& layer_;
  ChannelAffine affine_;  ///< of the latest forward
  ChannelSums sums_;
  std::vector<double> of_gradient_;
  std::vector<double> of_product_;
};

class LayerScale final : public Layer {
 public:
  LayerScale(const std::string& name, const LayerScaleOptions& options, bool trainable)
      : Layer(name, "LayerScale", trainable), options_(options) {
    if (options.projection_dim < 1)
      refuse(*this, "projection_dim ", options.projection_dim, " is not positive");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() == 0 || input[-1] != options_.projection_dim) {
      refuse(*this, "projection_dim ", options_.projection_dim, " does not fit samples of shape ", input);
    }
    declare({.name = "variable",  // Keras gives it no name of its own
             .shape = Shape{options_.projection_dim},
             .initializer = make_initializer("Constant", {.value = options_.init_values}),
             .regularizer = {}});
    set_built();
    return {input};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<LayerScaleKernel>(*this, rows * inputs[0].elements(), options_.projection_dim);
  }

 private:
  LayerScaleOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_layer_scale(const std::string& name, const LayerScaleOptions& options,
                                        bool trainable) {
  return std::make_unique<LayerScale>(name, options, trainable);
}

}  // namespace ktrain
