#include "ktrain/nn/layers/rescaling.h"

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

std::int64_t last_axis(const Shape& sample_shape) {
  return sample_shape.rank() == 0 ? 1 : sample_shape[-1];
}

class RescalingKernel final : public LayerKernel {
 public:
  RescalingKernel(const RescalingOptions& options, std::int64_t channels)
      : forward_(channels), backward_(channels) {
    const auto at = [](const std::vector<float>& values, std::int64_t channel) {
      return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)];
    };
    for (std::int64_t c = 0; c < channels; ++c) {
      forward_.set(c, {.scale = at(options.scale, c), .offset = at(options.offset, c)});
      backward_.set(c, {.scale = at(options.scale, c)});
    }
  }

  void forward(const Forward& call) override {
    const ConstTensorView& x = call.inputs[0];
    float* y = call.outputs[0].data<float>();
    if (x.dtype() == DType::kUint8) return forward_.apply(x.data<std::uint8_t>(), y, x.elements());
    forward_.apply(x.data<float>(), y, x.elements());
  }
  void backward(const Backward& call) override {
    const TensorView& dx = call.input_gradients[0];
    if (!dx.empty()) backward_.apply(call.output_gradients[0].data<float>(), dx.data<float>(), dx.elements());
  }

 private:
  ChannelAffine forward_;
  ChannelAffine backward_;
};

class Rescaling final : public Layer {
 public:
  Rescaling(const std::string& name, const RescalingOptions& options, bool trainable)
      : Layer(name, "Rescaling", trainable), options_(options) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    check_count("scale", options_.scale.size(), input);
    check_count("offset", options_.offset.size(), input);
    set_built();
    return {input};
  }
  bool reads_bytes() const override { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<RescalingKernel>(options_, last_axis(inputs[0]));
  }

 private:
  void check_count(const char* argument, std::size_t count, const Shape& input) const {
    if (count == 1 || static_cast<std::int64_t>(count) == last_axis(input)) return;
    refuse(*this, argument, " has ", count, " numbers for samples of shape ", input);
  }

  RescalingOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_rescaling(const std::string& name, const RescalingOptions& options,
                                      bool trainable) {
  return std::make_unique<Rescaling>(name, options, trainable);
}

}  // namespace ktrain
