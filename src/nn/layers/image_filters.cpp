#include "ktrain/nn/layers/image_filters.h"

#include <algorithm>

#include "nn/layers/color_operation.h"
#include "ops/image_filter.h"

namespace ktrain {
namespace {

/// A filter that is its own transpose.
class SharpnessOperation final : public ColorOperation {
 public:
  SharpnessOperation(const ImageSize& image, const RandomSharpnessOptions& options)
      : ColorOperation(image, options.value_range), factor_(options.factor) {}

  std::int64_t scratch_elements() const override { return 2 * size().elements(); }

  void forward(const ImageRandom& random, const float* x, float* y, float* smooth) const override {
    const float mix = mix_of(random);
    smoothen(x, smooth);
    for (std::int64_t i = 0; i < size().elements(); ++i) y[i] = clip(x[i] + mix * (smooth[i] - x[i]));
  }

  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* smooth) const override {
    const float mix = mix_of(random);
    float* gradient = smooth + size().elements();
    smoothen(x, smooth);
    for (std::int64_t i = 0; i < size().elements(); ++i) {
      gradient[i] = clip_gradient(x[i] + mix * (smooth[i] - x[i]), dy[i]);
    }
    smoothen(gradient, smooth);
    for (std::int64_t i = 0; i < size().elements(); ++i) {
      dx[i] = gradient[i] + mix * (smooth[i] - gradient[i]);
    }
  }

 private:
  float mix_of(const ImageRandom& random) const {
    return static_cast<float>(1 - 2 * random.uniform(0, factor_));
  }

  void smoothen(const float* x, float* y) const {
    std::fill_n(y, size().elements(), 0.0F);
    for (int rows = -1; rows <= 1; ++rows) {
      for (int columns = -1; columns <= 1; ++columns) {
        add_moved(size(), x, rows, columns, (rows == 0 && columns == 0 ? 5.0F : 1.0F) / 13, y);
      }
    }
  }

  RandomRange factor_;
};

class BlurOperation final : public ColorOperation {
 public:
  BlurOperation(const ImageSize& image, const RandomGaussianBlurOptions& options)
      : ColorOperation(image, options.value_range), options_(options) {}

  std::int64_t scratch_elements() const override {
    return 2 * size().elements() + std::max(options_.kernel_size[0], options_.kernel_size[1]);
  }

  void forward(const ImageRandom& random, const float* x, float* y, float* scratch) const override {
    blur(random, x, y, scratch);
    for (std::int64_t i = 0; i < size().elements(); ++i) y[i] = clip(y[i]);
  }

  // The weights are symmetric, so that the blur is its own transpose.
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* scratch) const override {
    float* gradient = scratch;
    float* rest = scratch + size().elements();
    blur(random, x, gradient, rest);
    for (std::int64_t i = 0; i < size().elements(); ++i) gradient[i] = clip_gradient(gradient[i], dy[i]);
    blur(random, gradient, dx, rest);
  }

 private:
  void blur(const ImageRandom& random, const float* x, float* y, float* scratch) const {
    if (!(random.uniform(1) < random.uniform(0, options_.factor))) {
      std::copy_n(x, size().elements(), y);
      return;
    }
    gaussian_blur(size(), axis(random, 0), axis(random, 1), x, y, scratch);
  }

  /// 0 the width's, 1 the height's.
  BlurAxis axis(const ImageRandom& random, std::size_t which) const {
    return {.count = options_.kernel_size[which],
            .sigma = random.uniform(2 + which, options_.sigma) + kLeastSigma};
  }

  static constexpr double kLeastSigma = 1e-6;

  RandomGaussianBlurOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_random_sharpness(const ImageLayerOptions& layer,
                                             const RandomSharpnessOptions& options) {
  return make_color_layer<SharpnessOperation>("RandomSharpness", layer, options);
}

std::unique_ptr<Layer> make_random_gaussian_blur(const ImageLayerOptions& layer,
                                                 const RandomGaussianBlurOptions& options) {
  for (const std::int64_t size : options.kernel_size) {
    if (size < 1 || size % 2 == 0) {
      refuse_image_layer("RandomGaussianBlur", layer, text("kernel_size ", size, " is not an odd number"));
    }
  }
  return make_color_layer<BlurOperation>("RandomGaussianBlur", layer, options);
}

}  // namespace ktrain
