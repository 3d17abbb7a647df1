#include "ops/margins.h"

#include "ktrain/nn/layers/cropping.h"
#include "ktrain/nn/layers/zero_padding.h"
#include "nn/layers/spatial_input.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// From the inner images to the outer ones (`kAdds`), or back.
template <bool kAdds>
class MarginKernel final : public LayerKernel {
 public:
  explicit MarginKernel(const MarginShape& shape) : shape_(shape) {}

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    kAdds ? add_margins(shape_, x, y) : remove_margins(shape_, x, y);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].data<float>();
    kAdds ? remove_margins(shape_, dy, dx) : add_margins(shape_, dy, dx);
  }

 private:
  MarginShape shape_;
};

/// ZeroPadding (`kAdds`) or Cropping.
template <bool kAdds, std::size_t kAxes>
class MarginLayer final : public Layer {
 public:
  MarginLayer(const std::string& name, const char* class_name, const Margins<kAxes>& margins, bool trainable)
      : Layer(name, class_name, trainable), margins_(margins) {
    for (const auto& ends : margins) require_at_least(*this, kAdds ? "padding" : "cropping", 0, ends);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    Shape output = spatial_input(*this, inputs, kAxes);
    for (int axis = 0; axis < static_cast<int>(kAxes); ++axis) {
      output[axis] += kAdds ? both_ends(axis) : -both_ends(axis);
      if (output[axis] < 1) refuse(*this, "nothing is left of samples of shape ", inputs[0]);
    }
    set_built();
    return {output};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    MarginShape shape{.rows = rows, .axes = {}, .channels = inputs[0][-1]};
    for (int axis = 0; axis < static_cast<int>(kAxes); ++axis) {
      const auto [before, after] = margins_[static_cast<std::size_t>(axis)];
      shape.axes[shape.axes.size() - kAxes + static_cast<std::size_t>(axis)] = {
          .before = before, .inner = inputs[0][axis] - (kAdds ? 0 : before + after), .after = after};
    }
    return std::make_unique<MarginKernel<kAdds>>(shape);
  }

 private:
  std::int64_t both_ends(int axis) const {
    const auto [before, after] = margins_[static_cast<std::size_t>(axis)];
    return before + after;
  }

  Margins<kAxes> margins_;
};

}  // namespace

std::unique_ptr<Layer> make_zero_padding1d(const std::string& name, const ZeroPadding1DOptions& options,
                                           bool trainable) {
  return std::make_unique<MarginLayer<true, 1>>(name, "ZeroPadding1D", options.padding, trainable);
}
std::unique_ptr<Layer> make_zero_padding2d(const std::string& name, const ZeroPadding2DOptions& options,
                                           bool trainable) {
  return std::make_unique<MarginLayer<true, 2>>(name, "ZeroPadding2D", options.padding, trainable);
}
std::unique_ptr<Layer> make_zero_padding3d(const std::string& name, const ZeroPadding3DOptions& options,
                                           bool trainable) {
  return std::make_unique<MarginLayer<true, 3>>(name, "ZeroPadding3D", options.padding, trainable);
}
std::unique_ptr<Layer> make_cropping1d(const std::string& name, const Cropping1DOptions& options,
                                       bool trainable) {
  return std::make_unique<MarginLayer<false, 1>>(name, "Cropping1D", options.cropping, trainable);
}
std::unique_ptr<Layer> make_cropping2d(const std::string& name, const Cropping2DOptions& options,
                                       bool trainable) {
  return std::make_unique<MarginLayer<false, 2>>(name, "Cropping2D", options.cropping, trainable);
}
std::unique_ptr<Layer> make_cropping3d(const std::string& name, const Cropping3DOptions& options,
                                       bool trainable) {
  return std::make_unique<MarginLayer<false, 3>>(name, "Cropping3D", options.cropping, trainable);
}

}  // namespace ktrain
