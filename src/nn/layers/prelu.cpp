#include "ktrain/nn/layers/prelu.h"

#include <algorithm>
#include <array>

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/broadcast.h"
#include "ops/map.h"
#include "ops/reduction.h"

namespace ktrain {
namespace {

class PReLUKernel final : public LayerKernel {
 public:
  PReLUKernel(const Layer& layer, const Shape& shape, bool training)
      : layer_(layer),
        broadcast_(shape, std::array{layer.parameter_specs()[0].shape}),
        gradient_(shape, layer.parameter_specs()[0].shape) {
    if (training) terms_ = Tensor(shape);
  }

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    for_each_run([=](float alpha, std::int64_t i) { y[i] = x[i] > 0 ? x[i] : alpha * x[i]; });
  }

  void backward(const Backward& call) override {
    const float* x = call.inputs[0].data<float>();
    const float* dy = call.output_gradients[0].data<float>();
    if (!call.input_gradients[0].empty()) {
      float* dx = call.input_gradients[0].data<float>();
      for_each_run([=](float alpha, std::int64_t i) { dx[i] = x[i] > 0 ? dy[i] : alpha * dy[i]; });
    }
    if (call.parameter_gradients[0].empty()) return;
    float* terms = terms_.span<float>().data();
    map(x, dy, terms, call.inputs[0].elements(), kCheapGrain,
        [](float v, float g) { return v > 0 ? 0.0F : v * g; });
    gradient_.sum(terms, call.parameter_gradients[0].data<float>());
  }

 private:
  /// body(alpha, i) for every element.
  template <typename Body>
  void for_each_run(const Body& body) const {
    const float* alpha = layer_.parameters()[0].data<float>();
    const std::int64_t step = broadcast_.step(0);
    broadcast_.for_each_run(kCheapGrain, [&](const Broadcast::Run& run) {
      for (std::int64_t i = 0; i < run.count; ++i) body(alpha[run.operands[0] + i * step], run.result + i);
    });
  }

  const Layer& layer_;
  Broadcast broadcast_;
  Reduction gradient_;
  Tensor terms_;  ///< of alpha's gradient
};

class PReLU final : public Layer {
 public:
  PReLU(const std::string& name, const PReLUOptions& options, bool trainable)
      : Layer(name, "PReLU", trainable), options_(options) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    Shape alpha = input;
    for (const int axis : options_.shared_axes) alpha[sample_axis(*this, axis, input)] = 1;
    if (built() && alpha != parameter_specs()[0].shape) {
      refuse(*this, "samples of shape ", input, " do not fit its alpha of ", parameter_specs()[0].shape);
    }
    declare(
        {.name = "alpha",
         .shape = alpha,
         .initializer = options_.alpha_initializer ? options_.alpha_initializer : make_initializer("Zeros"),
         .regularizer = options_.alpha_regularizer,
         .constraint = options_.alpha_constraint});
    set_built();
    return {input};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    return std::make_unique<PReLUKernel>(*this, inputs[0].batched(rows), training);
  }

 private:
  PReLUOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_prelu(const std::string& name, const PReLUOptions& options, bool trainable) {
  return std::make_unique<PReLU>(name, options, trainable);
}

}  // namespace ktrain
