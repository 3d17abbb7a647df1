#include "ktrain/nn/layers/add.h"

#include <algorithm>

#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

class AddKernel final : public LayerKernel {
 public:
  void forward(const Forward& call) override {
    const float* sum = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    for (std::size_t i = 1; i < call.inputs.size(); ++i) {
      map(sum, call.inputs[i].data<float>(), y, call.outputs[0].elements(), kCheapGrain,
          [](float a, float b) { return a + b; });
      sum = y;
    }
  }
  void backward(const Backward& call) override {
    for (const TensorView& gradient : call.input_gradients) {
      if (!gradient.empty())
        std::ranges::copy(call.output_gradients[0].span<float>(), gradient.data<float>());
    }
  }
};

class Add final : public Layer {
 public:
  Add(const std::string& name, bool trainable) : Layer(name, "Add", trainable) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() < 2) refuse(*this, "takes two inputs or more, not ", inputs.size());
    for (const Shape& input : inputs) {
      if (input != inputs[0]) refuse(*this, "cannot add samples of shapes ", inputs[0], " and ", input);
    }
    set_built();
    return {inputs[0]};
  }
  bool passes_gradient_through() const override { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<AddKernel>();
  }
};

}  // namespace

std::unique_ptr<Layer> make_add(const std::string& name, bool trainable) {
  return std::make_unique<Add>(name, trainable);
}

}  // namespace ktrain
