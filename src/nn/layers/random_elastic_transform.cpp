#include <algorithm>
#include <limits>

#include "ktrain/nn/layers/random_movement.h"
#include "nn/layers/color_operation.h"
#include "ops/affine.h"
#include "ops/image_filter.h"

namespace ktrain {
namespace {

constexpr ValueRange kAnyValue = {-std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::infinity()};
constexpr double kMoveOfSide = 0.1;    ///< at scale 1, of the longer side
constexpr double kSigmaOfSide = 0.05;  ///< at scale 1, of the shorter side

/// Weights of the blur: six sigmas, made odd.
std::int64_t weights_of(double sigma) {
  return static_cast<std::int64_t>(6 * sigma) | 1;
}

class ElasticOperation final : public ColorOperation {
 public:
  ElasticOperation(const ImageSize& image, const RandomElasticTransformOptions& options)
      : ColorOperation(image, options.value_range),
        options_(options),
        sampling_{options.pixels.interpolation, options.pixels.fill_mode,
                  static_cast<float>(options.pixels.fill_value)},
        plane_{image.height, image.width, 1},
        longest_blur_(weights_of(shorter_side() * kSigmaOfSide * options.scale[1])) {}

  // Two planes of moves, one of noise, one and the weights for the blur; a pixel.
  std::int64_t scratch_elements() const override {
    return 4 * plane_.elements() + longest_blur_ + size().channels;
  }

  void forward(const ImageRandom& random, const float* x, float* y, float* scratch) const override {
    if (applies(random)) {
      for_each_place(random, scratch, [&](std::int64_t at, double row, double column) {
        sample_pixel(size(), sampling_, x, row, column, y + at);
      });
      x = y;
    }
    for (std::int64_t i = 0; i < size().elements(); ++i) y[i] = clip(x[i]);
  }

  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* scratch) const override {
    if (!applies(random)) {
      for (std::int64_t i = 0; i < size().elements(); ++i) dx[i] = clip_gradient(x[i], dy[i]);
      return;
    }
    std::fill_n(dx, size().elements(), 0.0F);
    float* pixel = scratch + 4 * plane_.elements() + longest_blur_;
    for_each_place(random, scratch, [&](std::int64_t at, double row, double column) {
      sample_pixel(size(), sampling_, x, row, column, pixel);
      for (std::int64_t c = 0; c < size().channels; ++c) pixel[c] = clip_gradient(pixel[c], dy[at + c]);
      add_pixel_gradient(size(), sampling_, dx, row, column, pixel);
    });
  }

 private:
  double shorter_side() const { return static_cast<double>(std::min(size().height, size().width)); }
  double longer_side() const { return static_cast<double>(std::max(size().height, size().width)); }

  bool applies(const ImageRandom& random) const {
    return options_.scale[1] > 0 && random.uniform(1) < random.uniform(0, options_.factor);
  }

  /// body(first element, the input's row and column) for each pixel.
  template <typename Body>
  void for_each_place(const ImageRandom& random, float* scratch, const Body& body) const {
    const double scale = std::max(random.uniform(2, options_.scale), 0.0);
    const double reach = longer_side() * kMoveOfSide * scale;
    const float* moves_x = scratch;
    const float* moves_y = scratch + plane_.elements();
    draw_moves(random, 0, scale, scratch);
    draw_moves(random, 1, scale, scratch + plane_.elements());
    std::int64_t pixel = 0;
    for (std::int64_t row = 0; row < size().height; ++row) {
      for (std::int64_t column = 0; column < size().width; ++column, ++pixel) {
        body(pixel * size().channels, static_cast<double>(row) + reach * double{moves_y[pixel]},
             static_cast<double>(column) + reach * double{moves_x[pixel]});
      }
    }
  }

  /// Blurred normal numbers, the same sigma theirs and the blur's, into plane `direction` of the scratch.
  void draw_moves(const ImageRandom& random, int direction, double scale, float* moves) const {
    const double sigma = shorter_side() * kSigmaOfSide * scale;
    if (sigma == 0) {
      std::fill_n(moves, plane_.elements(), 0.0F);
      return;
    }
    float* noise = moves + (2 - direction) * plane_.elements();
    const std::int64_t first = direction * plane_.elements();
    for (std::int64_t i = 0; i < plane_.elements(); ++i) {
      noise[i] = static_cast<float>(sigma) * random.normal(static_cast<std::uint64_t>(first + i));
    }
    const BlurAxis axis{.count = weights_of(sigma), .sigma = sigma};
    gaussian_blur(plane_, axis, axis, noise, moves, noise + plane_.elements());
  }

  RandomElasticTransformOptions options_;
  Sampling sampling_;
  ImageSize plane_;  ///< the image's, one channel
  std::int64_t longest_blur_;
};

}  // namespace

std::unique_ptr<Layer> make_random_elastic_transform(const ImageLayerOptions& layer,
                                                     const RandomElasticTransformOptions& given) {
  RandomElasticTransformOptions options = given;
  // Where nothing can move, nothing is clipped either.
  if (options.factor[1] == 0 || options.scale[1] == 0) options.value_range = kAnyValue;
  // The blur's weights grow with it.
  if (!(options.scale[1] <= 100)) {
    refuse_image_layer("RandomElasticTransform", layer, "a scale above 100 is not supported");
  }
  require_sampling("RandomElasticTransform", layer, options.pixels.interpolation);
  return make_color_layer<ElasticOperation>("RandomElasticTransform", layer, options);
}

}  // namespace ktrain
