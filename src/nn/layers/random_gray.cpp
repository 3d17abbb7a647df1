#include <array>
#include <limits>

#include "ktrain/nn/layers/random_color.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

constexpr std::array<float, 3> kGray = {0.2989F, 0.5870F, 0.1140F};

/// clip(x + f (gray - x)) for the image's own f.
class GrayOperation : public ColorOperation {
 public:
  using ColorOperation::ColorOperation;

  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const float factor = draw(random);
    for (std::int64_t i = 0; i < size().elements(); i += 3) {
      const float gray = gray_of(x + i);
      for (int c = 0; c < 3; ++c) y[i + c] = clip(mixed(x[i + c], gray, factor));
    }
  }
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float*) const override {
    const float factor = draw(random);
    for (std::int64_t i = 0; i < size().elements(); i += 3) {
      const float gray = gray_of(x + i);
      std::array<float, 3> gradient;
      for (int c = 0; c < 3; ++c) gradient[c] = clip_gradient(mixed(x[i + c], gray, factor), dy[i + c]);
      const float sum = gradient[0] + gradient[1] + gradient[2];
      for (int c = 0; c < 3; ++c) dx[i + c] = (1 - factor) * gradient[c] + factor * kGray[c] * sum;
    }
  }

 protected:
  virtual float draw(const ImageRandom& random) const = 0;

 private:
  static float gray_of(const float* x) { return kGray[0] * x[0] + kGray[1] * x[1] + kGray[2] * x[2]; }
  // All of the gray, or none of it, to the last bit.
  static float mixed(float x, float gray, float factor) {
    return factor == 1 ? gray : x + factor * (gray - x);
  }
};

class DegenerationOperation final : public GrayOperation {
 public:
  DegenerationOperation(const ImageSize& image, const RandomColorDegenerationOptions& options)
      : GrayOperation(image, options.value_range), factor_(options.factor) {}

 private:
  float draw(const ImageRandom& random) const override {
    return static_cast<float>(random.uniform(0, factor_));
  }

  RandomRange factor_;
};

constexpr ValueRange kUnbounded = {-std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::infinity()};

class GrayscaleOperation final : public GrayOperation {
 public:
  GrayscaleOperation(const ImageSize& image, double factor)
      : GrayOperation(image, kUnbounded), factor_(factor) {}

 private:
  float draw(const ImageRandom& random) const override { return random.uniform(0) < factor_ ? 1 : 0; }

  double factor_;
};

}  // namespace

std::unique_ptr<Layer> make_random_grayscale(const ImageLayerOptions& layer, double factor) {
  if (!(factor >= 0 && factor <= 1)) {
    refuse_image_layer("RandomGrayscale", layer, text("factor ", factor, " is not in [0, 1]"));
  }
  return make_rgb_layer<GrayscaleOperation>("RandomGrayscale", layer, factor);
}

std::unique_ptr<Layer> make_random_color_degeneration(const ImageLayerOptions& layer,
                                                      const RandomColorDegenerationOptions& options) {
  return make_rgb_layer<DegenerationOperation>("RandomColorDegeneration", layer, options);
}

}  // namespace ktrain
