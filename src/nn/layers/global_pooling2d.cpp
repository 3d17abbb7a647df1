#include "ktrain/nn/layers/global_average_pooling2d.h"
#include "ktrain/nn/layers/global_max_pooling2d.h"
#include "nn/layers/image_input.h"
#include "ops/global_pooling.h"

namespace ktrain {
namespace {

struct ImageSize {
  std::int64_t rows;
  std::int64_t pixels;
  std::int64_t channels;
};

class AverageKernel : public LayerKernel {
 public:
  explicit AverageKernel(const ImageSize& size) : size_(size) {}

  void forward(const Forward& call) override {
    global_average_forward(call.inputs[0].data<float>(), call.outputs[0].data<float>(), size_.rows,
                           size_.pixels, size_.channels);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    global_average_backward(call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>(),
                            size_.rows, size_.pixels, size_.channels);
  }

 private:
  ImageSize size_;
};

class MaxKernel : public LayerKernel {
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
class GlobalPooling2D : public Layer {
 public:
  GlobalPooling2D(const std::string& name, const std::string& class_name, bool keepdims, bool trainable)
      : Layer(name, class_name, trainable), keepdims_(keepdims) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const std::int64_t channels = image_input(*this, inputs)[2];
    return {keepdims_ ? Shape{1, 1, channels} : Shape{channels}};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const Shape& input = inputs[0];
    return std::make_unique<Kernel>(
        ImageSize{.rows = rows, .pixels = input[0] * input[1], .channels = input[2]});
  }

 private:
  bool keepdims_;
};

}  // namespace

std::unique_ptr<Layer> make_global_average_pooling2d(const std::string& name,
                                                     const GlobalAveragePooling2DOptions& options,
                                                     bool trainable) {
  return std::make_unique<GlobalPooling2D<AverageKernel>>(name, "GlobalAveragePooling2D", options.keepdims,
                                                          trainable);
}

std::unique_ptr<Layer> make_global_max_pooling2d(const std::string& name,
                                                 const GlobalMaxPooling2DOptions& options, bool trainable) {
  return std::make_unique<GlobalPooling2D<MaxKernel>>(name, "GlobalMaxPooling2D", options.keepdims,
                                                      trainable);
}

}  // namespace ktrain
