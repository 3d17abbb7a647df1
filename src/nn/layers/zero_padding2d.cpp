#include "ktrain/nn/layers/zero_padding2d.h"

#include "nn/layers/image_input.h"
#include "nn/refuse.h"
#include "ops/zero_padding.h"

namespace ktrain {
namespace {

class ZeroPaddingKernel : public LayerKernel {
 public:
  explicit ZeroPaddingKernel(const ZeroPaddingShape& shape) : shape_(shape) {}

  void forward(const Forward& call) override {
    zero_padding_forward(shape_, call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    zero_padding_backward(shape_, call.output_gradients[0].data<float>(),
                          call.input_gradients[0].data<float>());
  }

 private:
  ZeroPaddingShape shape_;
};

class ZeroPadding2D : public Layer {
 public:
  ZeroPadding2D(const std::string& name, const ZeroPadding2DOptions& options, bool trainable)
      : Layer(name, "ZeroPadding2D", trainable), padding_(options.padding) {
    for (const auto& [before, after] : padding_) {
      if (before < 0 || after < 0) refuse(*this, "padding must not be negative");
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = image_input(*this, inputs);
    const auto [top, bottom] = padding_[0];
    const auto [left, right] = padding_[1];
    return {Shape{top + input[0] + bottom, left + input[1] + right, input[2]}};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const Shape& input = inputs[0];
    return std::make_unique<ZeroPaddingKernel>(ZeroPaddingShape{
        .rows = rows, .height = input[0], .width = input[1], .channels = input[2], .padding = padding_});
  }

 private:
  std::array<std::array<std::int64_t, 2>, 2> padding_;
};

}  // namespace

std::unique_ptr<Layer> make_zero_padding2d(const std::string& name, const ZeroPadding2DOptions& options,
                                           bool trainable) {
  return std::make_unique<ZeroPadding2D>(name, options, trainable);
}

}  // namespace ktrain
