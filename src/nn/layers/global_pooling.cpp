#include "ops/global_pooling.h"

#include "ktrain/nn/layers/global_pooling.h"
#include "ktrain/ops/window.h"
#include "nn/layers/spatial_input.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

struct ImageSize {
  std::int64_t rows;
  std::int64_t pixels;
  std::int64_t channels;
};

class AverageKernel final : public LayerKernel {
 public:
  explicit AverageKernel(const ImageSize& size) : size_(size) {}

  void forward(const Forward& call) override {
    const auto [rows, pixels, channels] = size_;
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    if (call.inputs.size() == 1) return global_average_forward(x, y, rows, pixels, channels);
    masked_average_forward(x, call.inputs[1].data<float>(), y, rows, pixels, channels);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const auto [rows, pixels, channels] = size_;
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].data<float>();
    if (call.inputs.size() == 1) return global_average_backward(dy, dx, rows, pixels, channels);
    masked_average_backward(dy, call.inputs[1].data<float>(), dx, rows, pixels, channels);
  }

 private:
  ImageSize size_;
};

class MaxKernel final : public LayerKernel {
 public:
  explicit MaxKernel(const ImageSize& size) : size_(size) {}

  void forward(const Forward& call) override {
    global_max_forward(call.inputs[0].data<float>(), call.outputs[0].data<float>(), size_.rows, size_.pixels,
                       size_.channels);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    global_max_backward(call.inputs[0].data<float>(), call.outputs[0].data<float>(),
                        call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>(),
                        size_.rows, size_.pixels, size_.channels);
  }

 private:
  ImageSize size_;
};

template <typename Kernel>
class GlobalPooling final : public Layer {
 public:
  /// What `axes` and `takes_mask` say of the class.
  struct Kind {
    const char* class_name;
    std::size_t axes;
    bool takes_mask = false;
  };

  GlobalPooling(const std::string& name, const Kind& kind, const GlobalPoolingOptions& options,
                bool trainable)
      : Layer(name, kind.class_name, trainable), kind_(kind), keepdims_(options.keepdims) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const bool masked = kind_.takes_mask && inputs.size() == 2;
    const Shape& input = spatial_input(*this, masked ? inputs.first(1) : inputs, kind_.axes);
    if (masked && inputs[1] != Shape{input[0]}) {
      refuse(*this, "samples of shape ", input, " cannot have a mask of shape ", inputs[1]);
    }
    set_built();
    return {keepdims_ ? spatial_sample(input, each_axis<3>(1), input[-1]) : Shape{input[-1]}};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const Shape& input = inputs[0];
    return std::make_unique<Kernel>(
        ImageSize{.rows = rows, .pixels = input.elements() / input[-1], .channels = input[-1]});
  }

 private:
  Kind kind_;
  bool keepdims_;
};

using GlobalMaxPooling = GlobalPooling<MaxKernel>;
using GlobalAveragePooling = GlobalPooling<AverageKernel>;

}  // namespace

std::unique_ptr<Layer> make_global_max_pooling1d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable) {
  return std::make_unique<GlobalMaxPooling>(name, GlobalMaxPooling::Kind{"GlobalMaxPooling1D", 1}, options,
                                            trainable);
}
std::unique_ptr<Layer> make_global_max_pooling2d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable) {
  return std::make_unique<GlobalMaxPooling>(name, GlobalMaxPooling::Kind{"GlobalMaxPooling2D", 2}, options,
                                            trainable);
}
std::unique_ptr<Layer> make_global_max_pooling3d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable) {
  return std::make_unique<GlobalMaxPooling>(name, GlobalMaxPooling::Kind{"GlobalMaxPooling3D", 3}, options,
                                            trainable);
}
std::unique_ptr<Layer> make_global_average_pooling1d(const std::string& name,
                                                     const GlobalPoolingOptions& options, bool trainable) {
  return std::make_unique<GlobalAveragePooling>(
      name, GlobalAveragePooling::Kind{"GlobalAveragePooling1D", 1, true}, options, trainable);
}
std::unique_ptr<Layer> make_global_average_pooling2d(const std::string& name,
                                                     const GlobalPoolingOptions& options, bool trainable) {
  return std::make_unique<GlobalAveragePooling>(name, GlobalAveragePooling::Kind{"GlobalAveragePooling2D", 2},
                                                options, trainable);
}
std::unique_ptr<Layer> make_global_average_pooling3d(const std::string& name,
                                                     const GlobalPoolingOptions& options, bool trainable) {
  return std::make_unique<GlobalAveragePooling>(name, GlobalAveragePooling::Kind{"GlobalAveragePooling3D", 3},
                                                options, trainable);
}

}  // namespace ktrain
