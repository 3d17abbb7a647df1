#include "ktrain/nn/layers/random_color.h"

#include <algorithm>

#include "nn/layers/image_operation.h"

namespace ktrain {
namespace {

/// An operation whose output has its input's sizes.
class ColorOperation : public ImageOperation {
 public:
  ColorOperation(const ImageSize& size, const ValueRange& range)
      : size_(size), low_(static_cast<float>(range[0])), high_(static_cast<float>(range[1])) {}
  ImageSize output() const override { return size_; }

 protected:
  float clip(float value) const { return std::min(std::max(value, low_), high_); }
  /// The gradient of clip(value).
  float clip_gradient(float value, float gradient) const {
    return low_ <= value && value <= high_ ? gradient : 0;
  }

  const ImageSize size_;
  const float low_;
  const float high_;
};

class BrightnessOperation final : public ColorOperation {
 public:
  BrightnessOperation(const ImageSize& size, const RandomBrightnessOptions& options)
      : ColorOperation(size, options.value_range), factor_(options.factor) {}

  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const float change = change_of(random);
    for (std::int64_t i = 0; i < size_.elements(); ++i) y[i] = clip(x[i] + change);
  }
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float*) const override {
    const float change = change_of(random);
    for (std::int64_t i = 0; i < size_.elements(); ++i) dx[i] = clip_gradient(x[i] + change, dy[i]);
  }

 private:
  float change_of(const ImageRandom& random) const {
    return static_cast<float>(random.uniform(0, factor_) * (double{high_} - double{low_}));
  }

  RandomRange factor_;
};

class ContrastOperation final : public ColorOperation {
 public:
  ContrastOperation(const ImageSize& size, const RandomContrastOptions& options)
      : ColorOperation(size, options.value_range), factor_{1 - options.factor[0], 1 + options.factor[1]} {}

  std::int64_t scratch_elements() const override { return 2 * size_.channels; }

  void forward(const ImageRandom& random, const float* x, float* y, float* means) const override {
    const auto contrast = static_cast<float>(random.uniform(0, factor_));
    channel_means(means, [&](std::int64_t i, std::int64_t) { return x[i]; });
    for_each_element([&](std::int64_t i, std::int64_t c) { y[i] = clip(changed(x[i], means[c], contrast)); });
  }

  // The mean's part of every pixel's gradient is (1 - contrast) / pixels.
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* means) const override {
    const auto contrast = static_cast<float>(random.uniform(0, factor_));
    float* gradient_means = means + size_.channels;
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
    for (std::int64_t i = 0; i < size_.elements(); i += size_.channels) {
      for (std::int64_t c = 0; c < size_.channels; ++c) body(i + c, c);
    }
  }

  template <typename Value>
  void channel_means(float* means, const Value& value) const {
    const std::int64_t pixels = size_.height * size_.width;
    for (std::int64_t c = 0; c < size_.channels; ++c) {
      double sum = 0;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
        sum += double{value(pixel * size_.channels + c, c)};
      means[c] = static_cast<float>(sum / static_cast<double>(pixels));
    }
  }

  RandomRange factor_;
};

template <typename Operation, typename Options>
std::unique_ptr<Layer> make_color_layer(const std::string& class_name, const ImageLayerOptions& layer,
                                        const Options& options) {
  return make_image_layer(class_name, layer, true, [options](const Layer&, const ImageSize& size, bool) {
    return std::make_unique<Operation>(size, options);
  });
}

}  // namespace

std::unique_ptr<Layer> make_random_brightness(const ImageLayerOptions& layer,
                                              const RandomBrightnessOptions& options) {
  return make_color_layer<BrightnessOperation>("RandomBrightness", layer, options);
}

std::unique_ptr<Layer> make_random_contrast(const ImageLayerOptions& layer,
                                            const RandomContrastOptions& options) {
  return make_color_layer<ContrastOperation>("RandomContrast", layer, options);
}

}  // namespace ktrain
