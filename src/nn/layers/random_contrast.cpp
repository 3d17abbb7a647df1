#include "ktrain/nn/layers/random_color.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

class ContrastOperation final : public ColorOperation {
 public:
  ContrastOperation(const ImageSize& size, const RandomContrastOptions& options)
      : ColorOperation(size, options.value_range), factor_{1 - options.factor[0], 1 + options.factor[1]} {}

  std::int64_t scratch_elements() const override { return 2 * size().channels; }

  void forward(const ImageRandom& random, const float* x, float* y, float* means) const override {
    const auto contrast = static_cast<float>(random.uniform(0, factor_));
    channel_means(means, [&](std::int64_t i, std::int64_t) { return x[i]; });
    for_each_element([&](std::int64_t i, std::int64_t c) { y[i] = clip(changed(x[i], means[c], contrast)); });
  }

  // The mean's part of every pixel's gradient is (1 - contrast) / pixels.
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* means) const override {
    const auto contrast = static_cast<float>(random.uniform(0, factor_));
    float* gradient_means = means + size().channels;
    channel_means(means, [&](std::int64_t i, std::int64_t) { return x[i]; });
    const auto clipped = [&](std::int64_t i, std::int64_t c) {
      return clip_gradient(changed(x[i], means[c], contrast), dy[i]);
    };
    channel_means(gradient_means, clipped);
    for_each_element([&](std::int64_t i, std::int64_t c) {
      dx[i] = contrast * clipped(i, c) + (1 - contrast) * gradient_means[c];
    });
  }

 private:
  static float changed(float x, float mean, float contrast) { return (x - mean) * contrast + mean; }

  /// body(element, channel) for every element.
  template <typename Body>
  void for_each_element(const Body& body) const {
    for (std::int64_t i = 0; i < size().elements(); i += size().channels) {
      for (std::int64_t c = 0; c < size().channels; ++c) body(i + c, c);
    }
  }

  template <typename Value>
  void channel_means(float* means, const Value& value) const {
    const std::int64_t pixels = size().height * size().width;
    for (std::int64_t c = 0; c < size().channels; ++c) {
      double sum = 0;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
        sum += double{value(pixel * size().channels + c, c)};
      means[c] = static_cast<float>(sum / static_cast<double>(pixels));
    }
  }

  RandomRange factor_;
};

}  // namespace

std::unique_ptr<Layer> make_random_contrast(const ImageLayerOptions& layer,
                                            const RandomContrastOptions& options) {
  return make_color_layer<ContrastOperation>("RandomContrast", layer, options);
}

}  // namespace ktrain
