#include "nn/layers/image_operation.h"

#include <utility>
#include <vector>

#include "core/check.h"
#include "core/parallel.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/layers/spatial_input.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainElements = 1 << 12;

ImageSize image_size(const Shape& sample) {
  return {sample[0], sample[1], sample[2]};
}

class ImageKernel final : public LayerKernel {
 public:
  struct Draw {
    const Layer& layer;
    std::uint32_t call;
    std::optional<std::uint64_t> seed;
  };

  ImageKernel(const Draw& draw, std::unique_ptr<ImageOperation> operation, std::int64_t rows,
              std::int64_t elements)
      : draw_(draw),
        operation_(std::move(operation)),
        rows_(rows),
        input_elements_(elements),
        output_elements_(operation_->output().elements()),
        scratch_(static_cast<std::size_t>(rows * operation_->scratch_elements())) {}

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    for_each_row(call.step, [&](std::int64_t row, const ImageRandom& random, float* scratch) {
      operation_->forward(random, x + row * input_elements_, y + row * output_elements_, scratch);
    });
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    if (!operation_->has_gradient()) {
      refuse(draw_.layer, "has no gradient; it must come before the layers that are trained");
    }
    const float* x = call.inputs[0].data<float>();
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].data<float>();
    for_each_row(call.step, [&](std::int64_t row, const ImageRandom& random, float* scratch) {
      operation_->backward(random, x + row * input_elements_, dy + row * output_elements_,
                           dx + row * input_elements_, scratch);
    });
  }

 private:
  template <typename Body>
  void for_each_row(const StepContext& step, const Body& body) {
    const RandomStream stream(draw_.seed.value_or(step.seed), draw_.layer.name(), draw_.call,
                              static_cast<std::uint64_t>(step.epoch));
    const std::int64_t scratch = operation_->scratch_elements();
    parallel_for(rows_, kGrainElements / output_elements_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        body(row, ImageRandom(stream, static_cast<std::uint64_t>(step.first_position + row)),
             scratch_.data() + row * scratch);
      }
    });
  }

  Draw draw_;
  std::unique_ptr<ImageOperation> operation_;
  std::int64_t rows_;
  std::int64_t input_elements_;
  std::int64_t output_elements_;
  std::vector<float> scratch_;  ///< a part for each row
};

class ImageLayer final : public Layer {
 public:
  ImageLayer(const std::string& class_name, const ImageLayerOptions& options, bool random,
             MakeImageOperation make)
      : Layer(options.name, class_name, options.trainable),
        seed_(options.seed),
        random_(random),
        make_(std::move(make)) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const ImageSize output = make_(*this, image_size(spatial_input(*this, inputs, 2)), true)->output();
    set_built();
    return {Shape{output.height, output.width, output.channels}};
  }
  bool passes_through(bool training) const override { return random_ && !training; }
  std::unique_ptr<ImageOperation> operation(const ImageSize& size, bool training) const {
    return make_(*this, size, training);
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    return std::make_unique<ImageKernel>(ImageKernel::Draw{*this, call, seed_},
                                         make_(*this, image_size(inputs[0]), training), rows,
                                         inputs[0].elements());
  }

 private:
  std::optional<std::uint64_t> seed_;
  bool random_;
  MakeImageOperation make_;
};

}  // namespace

std::unique_ptr<Layer> make_image_layer(const std::string& class_name, const ImageLayerOptions& options,
                                        bool random, MakeImageOperation make) {
  return std::make_unique<ImageLayer>(class_name, options, random, std::move(make));
}

std::unique_ptr<ImageOperation> image_operation(const Layer& layer, const ImageSize& size, bool training) {
  const auto* image_layer = dynamic_cast<const ImageLayer*>(&layer);
  KTRAIN_CHECK(image_layer != nullptr, layer.class_name());
  return image_layer->operation(size, training);
}

void require_sampling(const std::string& class_name, const ImageLayerOptions& options,
                      Interpolation interpolation) {
  if (interpolation != Interpolation::kNearest && interpolation != Interpolation::kBilinear) {
    refuse_image_layer(class_name, options, "interpolation must be nearest or bilinear");
  }
}

void refuse_image_layer(const std::string& class_name, const ImageLayerOptions& options,
                        const std::string& why) {
  throw Error(ExitCode::kConfiguration, text("layer '", options.name, "' (", class_name, "): ", why));
}

}  // namespace ktrain
