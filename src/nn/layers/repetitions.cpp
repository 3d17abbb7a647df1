#include <utility>

#include "ktrain/nn/layers/repeat_vector.h"
#include "ktrain/nn/layers/up_sampling.h"
#include "nn/layers/build_checks.h"
#include "nn/layers/image_operation.h"
#include "nn/layers/resize_operation.h"
#include "nn/layers/spatial_input.h"
#include "nn/refuse.h"
#include "ops/repeat.h"

namespace ktrain {
namespace {

class RepeatKernel final : public LayerKernel {
 public:
  explicit RepeatKernel(const RepeatShape& shape) : shape_(shape) {}

  void forward(const Forward& call) override {
    repeat_forward(shape_, call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    repeat_backward(shape_, call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>());
  }

 private:
  RepeatShape shape_;
};

template <std::size_t kAxes>
class UpSampling final : public Layer {
 public:
  UpSampling(const std::string& name, const char* class_name, const Spatial<kAxes>& size, bool trainable)
      : Layer(name, class_name, trainable), size_(size) {
    require_at_least(*this, "size", 1, size);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    Shape output = spatial_input(*this, inputs, kAxes);
    for (std::size_t axis = 0; axis < kAxes; ++axis) output[static_cast<int>(axis)] *= size_[axis];
    set_built();
    return {output};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    RepeatShape shape{.rows = rows, .axes = {}, .channels = inputs[0][-1]};
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      shape.axes[shape.axes.size() - kAxes + axis] = {.input = space(inputs[0])[axis], .times = size_[axis]};
    }
    return std::make_unique<RepeatKernel>(shape);
  }

 private:
  Spatial<kAxes> size_;
};

class RepeatVector final : public Layer {
 public:
  RepeatVector(const std::string& name, const RepeatVectorOptions& options, bool trainable)
      : Layer(name, "RepeatVector", trainable), n_(options.n) {
    if (n_ < 1) refuse(*this, "n must be at least 1, not ", n_);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() != 1) refuse(*this, "takes vectors, not samples of shape ", input);
    set_built();
    return {Shape{n_, input[0]}};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    RepeatShape shape{.rows = rows, .axes = {}, .channels = inputs[0][0]};
    shape.axes.back().times = n_;
    return std::make_unique<RepeatKernel>(shape);
  }

 private:
  std::int64_t n_;
};

std::unique_ptr<Layer> make_interpolated(const std::string& name, const UpSampling2DOptions& options,
                                         bool trainable) {
  const ImageLayerOptions layer{.name = name, .trainable = trainable};
  return make_image_layer(
      "UpSampling2D", layer, false, [options](const Layer&, const ImageSize& image, bool) {
        return make_resize_operation(image, {0, 0, image.height, image.width},
                                     {image.height * options.size[0], image.width * options.size[1]},
                                     {.interpolation = options.interpolation});
      });
}

}  // namespace

std::unique_ptr<Layer> make_up_sampling1d(const std::string& name, const UpSampling1DOptions& options,
                                          bool trainable) {
  return std::make_unique<UpSampling<1>>(name, "UpSampling1D", options.size, trainable);
}
std::unique_ptr<Layer> make_up_sampling2d(const std::string& name, const UpSampling2DOptions& options,
                                          bool trainable) {
  auto nearest = std::make_unique<UpSampling<2>>(name, "UpSampling2D", options.size, trainable);
  if (options.interpolation == Interpolation::kNearest) return nearest;
  return make_interpolated(name, options, trainable);
}
std::unique_ptr<Layer> make_up_sampling3d(const std::string& name, const UpSampling3DOptions& options,
                                          bool trainable) {
  return std::make_unique<UpSampling<3>>(name, "UpSampling3D", options.size, trainable);
}

std::unique_ptr<Layer> make_repeat_vector(const std::string& name, const RepeatVectorOptions& options,
                                          bool trainable) {
  return std::make_unique<RepeatVector>(name, options, trainable);
}

}  // namespace ktrain
