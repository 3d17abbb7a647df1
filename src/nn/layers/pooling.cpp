#include "ops/pooling.h"

#include <algorithm>
#include <utility>

#include "ktrain/nn/layers/adaptive_pooling.h"
#include "ktrain/nn/layers/pooling.h"
#include "nn/layers/spatial_input.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class MaxKernel final : public LayerKernel {
 public:
  explicit MaxKernel(PoolingShape shape) : shape_(std::move(shape)) {}

  void forward(const Forward& call) override {
    max_pool_forward(shape_, call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    max_pool_backward(shape_, call.inputs[0].data<float>(), call.outputs[0].data<float>(),
                      call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>());
  }

 private:
  PoolingShape shape_;
};

class AverageKernel final : public LayerKernel {
 public:
  explicit AverageKernel(PoolingShape shape) : shape_(std::move(shape)) {}

  void forward(const Forward& call) override {
    average_pool_forward(shape_, call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    average_pool_backward(shape_, call.output_gradients[0].data<float>(),
                          call.input_gradients[0].data<float>());
  }

 private:
  PoolingShape shape_;
};

template <typename Kernel, std::size_t kAxes>
class Pooling final : public Layer {
 public:
  Pooling(const std::string& name, const char* class_name, const PoolingOptions<kAxes>& options,
          bool trainable)
      : Layer(name, class_name, trainable),
        pool_size_(options.pool_size),
        strides_(options.strides.value_or(options.pool_size)),
        padding_(options.padding) {
    require_at_least(*this, "pool_size", 1, pool_size_);
    require_at_least(*this, "strides", 1, strides_);
    if (padding_ == Padding::kCausal) refuse(*this, "padding cannot be causal");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = spatial_input(*this, inputs, kAxes);
    const Window w = window(input);
    const std::array outputs{w[0].output, w[1].output, w[2].output};
    if (std::ranges::min(outputs) < 1) {
      refuse(*this, "input ", input, " is smaller than the pool ", Shape(pool_size_));
    }
    set_built();
    return {spatial_sample(input, outputs, input[-1])};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<Kernel>(pooling_shape(rows, window(inputs[0]), inputs[0][-1]));
  }

 private:
  Window window(const Shape& input) const {
    return make_window(space(input), pool_size_, strides_, each_axis<kAxes>(1), padding_);
  }

  Spatial<kAxes> pool_size_;
  Spatial<kAxes> strides_;
  Padding padding_;
};

template <typename Kernel, std::size_t kAxes>
class AdaptivePooling final : public Layer {
 public:
  AdaptivePooling(const std::string& name, const char* class_name,
                  const AdaptivePoolingOptions<kAxes>& options, bool trainable)
      : Layer(name, class_name, trainable), output_size_(options.output_size) {
    require_at_least(*this, "output_size", 1, output_size_);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = spatial_input(*this, inputs, kAxes);
    set_built();
    return {spatial_sample(input, output_size_, input[-1])};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<Kernel>(
        adaptive_pooling_shape(rows, space(inputs[0]), output_size_, inputs[0][-1]));
  }

 private:
  Spatial<kAxes> output_size_;
};

}  // namespace

std::unique_ptr<Layer> make_max_pooling1d(const std::string& name, const Pooling1DOptions& options,
                                          bool trainable) {
  return std::make_unique<Pooling<MaxKernel, 1>>(name, "MaxPooling1D", options, trainable);
}
std::unique_ptr<Layer> make_max_pooling2d(const std::string& name, const Pooling2DOptions& options,
                                          bool trainable) {
  return std::make_unique<Pooling<MaxKernel, 2>>(name, "MaxPooling2D", options, trainable);
}
std::unique_ptr<Layer> make_max_pooling3d(const std::string& name, const Pooling3DOptions& options,
                                          bool trainable) {
  return std::make_unique<Pooling<MaxKernel, 3>>(name, "MaxPooling3D", options, trainable);
}
std::unique_ptr<Layer> make_average_pooling1d(const std::string& name, const Pooling1DOptions& options,
                                              bool trainable) {
  return std::make_unique<Pooling<AverageKernel, 1>>(name, "AveragePooling1D", options, trainable);
}
std::unique_ptr<Layer> make_average_pooling2d(const std::string& name, const Pooling2DOptions& options,
                                              bool trainable) {
  return std::make_unique<Pooling<AverageKernel, 2>>(name, "AveragePooling2D", options, trainable);
}
std::unique_ptr<Layer> make_average_pooling3d(const std::string& name, const Pooling3DOptions& options,
                                              bool trainable) {
  return std::make_unique<Pooling<AverageKernel, 3>>(name, "AveragePooling3D", options, trainable);
}

std::unique_ptr<Layer> make_adaptive_max_pooling1d(const std::string& name,
                                                   const AdaptivePooling1DOptions& options, bool trainable) {
  return std::make_unique<AdaptivePooling<MaxKernel, 1>>(name, "AdaptiveMaxPooling1D", options, trainable);
}
std::unique_ptr<Layer> make_adaptive_max_pooling2d(const std::string& name,
                                                   const AdaptivePooling2DOptions& options, bool trainable) {
  return std::make_unique<AdaptivePooling<MaxKernel, 2>>(name, "AdaptiveMaxPooling2D", options, trainable);
}
std::unique_ptr<Layer> make_adaptive_max_pooling3d(const std::string& name,
                                                   const AdaptivePooling3DOptions& options, bool trainable) {
  return std::make_unique<AdaptivePooling<MaxKernel, 3>>(name, "AdaptiveMaxPooling3D", options, trainable);
}
std::unique_ptr<Layer> make_adaptive_average_pooling1d(const std::string& name,
                                                       const AdaptivePooling1DOptions& options,
                                                       bool trainable) {
  return std::make_unique<AdaptivePooling<AverageKernel, 1>>(name, "AdaptiveAveragePooling1D", options,
                                                             trainable);
}
std::unique_ptr<Layer> make_adaptive_average_pooling2d(const std::string& name,
                                                       const AdaptivePooling2DOptions& options,
                                                       bool trainable) {
  return std::make_unique<AdaptivePooling<AverageKernel, 2>>(name, "AdaptiveAveragePooling2D", options,
                                                             trainable);
}
std::unique_ptr<Layer> make_adaptive_average_pooling3d(const std::string& name,
                                                       const AdaptivePooling3DOptions& options,
                                                       bool trainable) {
  return std::make_unique<AdaptivePooling<AverageKernel, 3>>(name, "AdaptiveAveragePooling3D", options,
                                                             trainable);
}

}  // namespace ktrain
