#include "ktrain/nn/layers/custom_scale_layer.h"

#include <algorithm>

#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

class CustomScaleKernel final : public LayerKernel {
 public:
  explicit CustomScaleKernel(float scale) : scale_(scale) {}

  void forward(const Forward& call) override {
    map(call.inputs[0].data<float>(), call.inputs[1].data<float>(), call.outputs[0].data<float>(),
        call.outputs[0].elements(), kCheapGrain,
        [scale = scale_](float a, float b) { return a + b * scale; });
  }
  void backward(const Backward& call) override {
    const ConstTensorView& dy = call.output_gradients[0];
    const TensorView &da = call.input_gradients[0], &db = call.input_gradients[1];
    if (!da.empty()) std::ranges::copy(dy.span<float>(), da.data<float>());
    if (db.empty()) return;
    map(dy.data<float>(), db.data<float>(), dy.elements(), kCheapGrain,
        [scale = scale_](float gradient) { return gradient * scale; });
  }

 private:
  float scale_;
};

class CustomScaleLayer final : public Layer {
 public:
  CustomScaleLayer(const std::string& name, const CustomScaleLayerOptions& options, bool trainable)
      : Layer(name, "CustomScaleLayer", trainable), scale_(static_cast<float>(options.scale)) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() != 2) refuse(*this, "takes two inputs, not ", inputs.size());
    if (inputs[0] != inputs[1]) {
      refuse(*this, "its inputs are samples of shapes ", inputs[0], " and ", inputs[1], ", not of one shape");
    }
    set_built();
    return {inputs[0]};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<CustomScaleKernel>(scale_);
  }

 private:
  float scale_;
};

}  // namespace

std::unique_ptr<Layer> make_custom_scale_layer(const std::string& name,
                                               const CustomScaleLayerOptions& options, bool trainable) {
  return std::make_unique<CustomScaleLayer>(name, options, trainable);
}

}  // namespace ktrain
