#include "ktrain/nn/layers/random_movement.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

#include "nn/layers/image_operation.h"
#include "ops/affine.h"

namespace ktrain {
namespace {

class FlipOperation final : public ImageOperation {
 public:
  FlipOperation(const ImageSize& size, const RandomFlipOptions& options) : size_(size), options_(options) {}

  ImageSize output() const override { return size_; }
  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    if (random.uniform(0) > 0.5) {
      std::copy_n(x, size_.elements(), y);
      return;
    }
    for (std::int64_t row = 0; row < size_.height; ++row) {
      flip_row(x + (options_.vertical ? size_.height - 1 - row : row) * size_.row(), y + row * size_.row());
    }
  }
  // A flip is its own transpose.
  void backward(const ImageRandom& random, const float*, const float* dy, float* dx,
                float* scratch) const override {
    forward(random, dy, dx, scratch);
  }

 private:
  void flip_row(const float* x, float* y) const {
    for (std::int64_t column = 0; column < size_.width; ++column) {
      const std::int64_t from = options_.horizontal ? size_.width - 1 - column : column;
      std::copy_n(x + from * size_.channels, size_.channels, y + column * size_.channels);
    }
  }

  ImageSize size_;
  RandomFlipOptions options_;
};

/// The map that an image's random numbers make.
using DrawMap = std::function<AffineMap(const ImageSize& size, const ImageRandom& random)>;

class AffineOperation final : public ImageOperation {
 public:
  AffineOperation(const ImageSize& size, const MovedPixels& pixels, DrawMap draw)
      : size_(size),
        sampling_{pixels.interpolation, pixels.fill_mode, static_cast<float>(pixels.fill_value)},
        draw_(std::move(draw)) {}

  ImageSize output() const override { return size_; }
  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    affine_forward(size_, draw_(size_, random), sampling_, x, y);
  }
  void backward(const ImageRandom& random, const float*, const float* dy, float* dx, float*) const override {
    affine_backward(size_, draw_(size_, random), sampling_, dy, dx);
  }

 private:
  ImageSize size_;
  Sampling sampling_;
  DrawMap draw_;
};

std::unique_ptr<Layer> make_affine_layer(const std::string& class_name, const ImageLayerOptions& layer,
                                         const MovedPixels& pixels, const DrawMap& draw) {
  require_sampling(class_name, layer, pixels.interpolation);
  return make_image_layer(class_name, layer, true, [=](const Layer&, const ImageSize& size, bool) {
    return std::make_unique<AffineOperation>(size, pixels, draw);
  });
}

/// The middle between the first and the last pixel's centres.
double middle(std::int64_t size) {
  return static_cast<double>(size - 1) / 2;
}

}  // namespace

std::unique_ptr<Layer> make_random_flip(const ImageLayerOptions& layer, const RandomFlipOptions& options) {
  return make_image_layer("RandomFlip", layer, true, [options](const Layer&, const ImageSize& size, bool) {
    return std::make_unique<FlipOperation>(size, options);
  });
}

std::unique_ptr<Layer> make_random_rotation(const ImageLayerOptions& layer,
                                            const RandomRotationOptions& options) {
  const RandomRange angle = {options.factor[0] * 2 * std::numbers::pi,
                             options.factor[1] * 2 * std::numbers::pi};
  return make_affine_layer(
      "RandomRotation", layer, options.pixels, [angle](const ImageSize& size, const ImageRandom& random) {
        const double turned = random.uniform(0, angle);
        const double cosine = std::cos(turned), sine = std::sin(turned);
        const double x = middle(size.width), y = middle(size.height);
        return AffineMap{cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine};
      });
}

std::unique_ptr<Layer> make_random_zoom(const ImageLayerOptions& layer, const RandomZoomOptions& options) {
  return make_affine_layer(
      "RandomZoom", layer, options.pixels, [options](const ImageSize& size, const ImageRandom& random) {
        const double height = 1 + random.uniform(0, options.height_factor);
        const double width = options.width_factor ? 1 + random.uniform(1, *options.width_factor) : height;
        return AffineMap{.a0 = width,
                         .a2 = middle(size.width) * (1 - width),
                         .b1 = height,
                         .b2 = middle(size.height) * (1 - height)};
      });
}

std::unique_ptr<Layer> make_random_translation(const ImageLayerOptions& layer,
                                               const RandomTranslationOptions& options) {
  return make_affine_layer(
      "RandomTranslation", layer, options.pixels,
      [options](const ImageSize& size, const ImageRandom& random) {
        return AffineMap{.a2 = -random.uniform(1, options.width_factor) * static_cast<double>(size.width),
                         .b2 = -random.uniform(0, options.height_factor) * static_cast<double>(size.height)};
      });
}

std::unique_ptr<Layer> make_random_shear(const ImageLayerOptions& layer, const RandomShearOptions& options) {
  return make_affine_layer("RandomShear", layer, options.pixels,
                           [options](const ImageSize&, const ImageRandom& random) {
                             const double sign = random.uniform(0) > 0.5 ? -1 : 1;
                             return AffineMap{.a1 = sign * random.uniform(1, options.x_factor),
                                              .b0 = sign * random.uniform(2, options.y_factor)};
                           });
}

}  // namespace ktrain
