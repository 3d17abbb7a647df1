#include "ops/pooling.h"

#include "ktrain/nn/layers/average_pooling2d.h"
#include "ktrain/nn/layers/max_pooling2d.h"
#include "nn/layers/image_input.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class MaxKernel : public LayerKernel {
 public:
  explicit MaxKernel(const PoolingShape& shape) : shape_(shape) {}

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

class AverageKernel : public LayerKernel {
 public:
  explicit AverageKernel(const PoolingShape& shape) : shape_(shape) {}

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

/// `Options` is MaxPooling2DOptions or AveragePooling2DOptions.
template <typename Options, typename Kernel>
class Pooling2D : public Layer {
 public:
  Pooling2D(const std::string& name, const std::string& class_name, const Options& options, bool trainable)
      : Layer(name, class_name, trainable),
        pool_size_(options.pool_size),
        strides_(options.strides.value_or(options.pool_size)),
        padding_(options.padding) {
    if (pool_size_[0] < 1 || pool_size_[1] < 1) refuse(*this, "pool_size must be at least 1");
    if (strides_[0] < 1 || strides_[1] < 1) refuse(*this, "strides must be at least 1");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = image_input(*this, inputs);
    const Window2D windows = window(input);
    if (windows[0].output < 1 || windows[1].output < 1) {
      refuse(*this, "input ", input, " is smaller than the pool ", Shape{pool_size_[0], pool_size_[1]});
    }
    return {Shape{windows[0].output, windows[1].output, input[2]}};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<Kernel>(
        PoolingShape{.rows = rows, .window = window(inputs[0]), .channels = inputs[0][2]});
  }

 private:
  Window2D window(const Shape& input) const {
    return window_2d({input[0], input[1]}, pool_size_, strides_, {1, 1}, padding_);
  }

  HeightWidth pool_size_;
  HeightWidth strides_;
  Padding padding_;
};

}  // namespace

std::unique_ptr<Layer> make_max_pooling2d(const std::string& name, const MaxPooling2DOptions& options,
                                          bool trainable) {
  return std::make_unique<Pooling2D<MaxPooling2DOptions, MaxKernel>>(name, "MaxPooling2D", options,
                                                                     trainable);
}

std::unique_ptr<Layer> make_average_pooling2d(const std::string& name, const AveragePooling2DOptions& options,
                                              bool trainable) {
  return std::make_unique<Pooling2D<AveragePooling2DOptions, AverageKernel>>(name, "AveragePooling2D",
                                                                             options, trainable);
}

}  // namespace ktrain
