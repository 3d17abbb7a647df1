#include <algorithm>
#include <cmath>

#include "ktrain/nn/layers/random_color.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

/// One number's new value and its derivative, for operations that treat every element alike.
struct Changed {
  float value;
  float derivative;
};

/// `Derived::draw(random)` returns what the image's numbers make: a function float -> Changed.
template <typename Derived>
class ElementOperation : public ColorOperation {
 public:
  using ColorOperation::ColorOperation;

  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const auto change = static_cast<const Derived*>(this)->draw(random);
    for (std::int64_t i = 0; i < size().elements(); ++i) y[i] = change(x[i]).value;
  }
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float*) const override {
    const auto change = static_cast<const Derived*>(this)->draw(random);
    for (std::int64_t i = 0; i < size().elements(); ++i) dx[i] = change(x[i]).derivative * dy[i];
  }
};

class BrightnessOperation final : public ElementOperation<BrightnessOperation> {
 public:
  BrightnessOperation(const ImageSize& image, const RandomBrightnessOptions& options)
      : ElementOperation(image, options.value_range), factor_(options.factor) {}

  auto draw(const ImageRandom& random) const {
    const auto added = static_cast<float>(random.uniform(0, factor_) * (double{high()} - double{low()}));
    return [this, added](float x) { return Changed{clip(x + added), clip_gradient(x + added, 1)}; };
  }

 private:
  RandomRange factor_;
};

class InvertOperation final : public ElementOperation<InvertOperation> {
 public:
  InvertOperation(const ImageSize& image, const RandomInvertOptions& options)
      : ElementOperation(image, options.value_range), factor_(options.factor) {}

  auto draw(const ImageRandom& random) const {
    const bool inverted = random.uniform(1) < random.uniform(0, factor_);
    return [this, inverted](float x) { return inverted ? Changed{high() - x, -1} : Changed{x, 1}; };
  }

 private:
  RandomRange factor_;
};

class PosterizationOperation final : public ElementOperation<PosterizationOperation> {
 public:
  PosterizationOperation(const ImageSize& image, const RandomPosterizationOptions& options)
      : ElementOperation(image, options.value_range), factor_(options.factor) {}

  auto draw(const ImageRandom& random) const {
    const double drawn = random.uniform(0, {double(factor_[0]), double(factor_[1])});
    const int shift = 8 - static_cast<int>(drawn);
    return [this, shift](float x) {
      const float scaled = (x - low()) / (high() - low()) * 255;
      // Not a number is none of 0 … 255 and becomes 0.
      const int whole = scaled > 0 ? static_cast<int>(std::min(scaled, 255.0F)) : 0;
      const int kept = whole >> shift << shift;
      return Changed{static_cast<float>(kept) / 255 * (high() - low()) + low(), 0};
    };
  }

 private:
  std::array<int, 2> factor_;
};

class SolarizationOperation final : public ElementOperation<SolarizationOperation> {
 public:
  SolarizationOperation(const ImageSize& image, const SolarizationOptions& options)
      : ElementOperation(image, options.value_range),
        addition_{options.addition_factor[0], 255 * options.addition_factor[1]},
        threshold_{options.threshold_factor[0], 255 * options.threshold_factor[1]} {}

  auto draw(const ImageRandom& random) const {
    const auto addition = static_cast<float>(random.uniform(0, addition_));
    const auto threshold = static_cast<float>(random.uniform(1, threshold_));
    return [=, this](float x) {
      const float moved = (x - low()) / (high() - low()) * 255 + addition;
      const float clipped = std::clamp(moved, 0.0F, 255.0F);
      const bool stays = clipped < threshold;
      const float slope = clipped != moved ? 0.0F : stays ? 1.0F : -1.0F;
      return Changed{(stays ? clipped : 255 - clipped) / 255 * (high() - low()) + low(), slope};
    };
  }

 private:
  RandomRange addition_;
  RandomRange threshold_;
};

}  // namespace

std::unique_ptr<Layer> make_random_brightness(const ImageLayerOptions& layer,
                                              const RandomBrightnessOptions& options) {
  return make_color_layer<BrightnessOperation>("RandomBrightness", layer, options);
}

std::unique_ptr<Layer> make_random_invert(const ImageLayerOptions& layer,
                                          const RandomInvertOptions& options) {
  return make_color_layer<InvertOperation>("RandomInvert", layer, options);
}

std::unique_ptr<Layer> make_random_posterization(const ImageLayerOptions& layer,
                                                 const RandomPosterizationOptions& options) {
  if (options.factor[0] < 1 || options.factor[1] < options.factor[0] || options.factor[1] > 8) {
    refuse_image_layer("RandomPosterization", layer, "factor must be whole numbers of bits from 1 to 8");
  }
  return make_color_layer<PosterizationOperation>("RandomPosterization", layer, options);
}

std::unique_ptr<Layer> make_solarization(const ImageLayerOptions& layer, const SolarizationOptions& options) {
  return make_color_layer<SolarizationOperation>("Solarization", layer, options);
}

}  // namespace ktrain
