#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ktrain/nn/layers/random_color.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

/// A number with its derivatives by the three channels of a pixel.
struct Dual {
  float value = 0;
  std::array<float, 3> slope = {};
};

Dual operator+(const Dual& a, const Dual& b) {
  return {a.value + b.value, {a.slope[0] + b.slope[0], a.slope[1] + b.slope[1], a.slope[2] + b.slope[2]}};
}
Dual operator*(const Dual& a, float b) {
  return {a.value * b, {a.slope[0] * b, a.slope[1] * b, a.slope[2] * b}};
}
Dual operator+(const Dual& a, float b) {
  return {a.value + b, a.slope};
}
Dual operator-(const Dual& a, const Dual& b) {
  return a + b * -1.0F;
}
Dual operator*(const Dual& a, const Dual& b) {
  Dual product = a * b.value + b * a.value;
  product.value = a.value * b.value;
  return product;
}
Dual operator/(const Dual& a, const Dual& b) {
  Dual quotient = (a * b.value - b * a.value) * (1 / (b.value * b.value));
  quotient.value = a.value / b.value;
  return quotient;
}

float value_of(float number) {
  return number;
}
float value_of(const Dual& number) {
  return number.value;
}

/// The number where it is within the bounds, the constant bound elsewhere.
template <typename Number>
Number bounded(const Number& number, float low, float high) {
  if (value_of(number) < low) return Number{low};
  return value_of(number) > high ? Number{high} : number;
}

template <typename Number>
Number magnitude(const Number& number) {
  return value_of(number) < 0 ? number * -1.0F : number;
}

/// Red, green, blue; or hue, saturation, value.
template <typename Number>
using Pixel = std::array<Number, 3>;

/// keras.ops.image.rgb_to_hsv: v = max(r, g, b), s = (v - min) / v, and the hue a sixth of a turn for each
/// step around red, green, blue, in [0, 1).
template <typename Number>
Pixel<Number> rgb_to_hsv(const Pixel<Number>& pixel) {
  constexpr float kZero = std::numeric_limits<float>::epsilon();
  Pixel<Number> p = pixel;
  for (Number& channel : p) {
    if (std::abs(value_of(channel)) < kZero) channel = Number{0};
  }
  const auto& [r, g, b] = p;
  const auto less = [](const Number& x, const Number& y) { return value_of(x) < value_of(y); };
  const Number value = std::max({r, g, b}, less);
  const Number range = value - std::min({r, g, b}, less);
  const Number saturation = value_of(value) > 0 ? range / value : Number{0};
  if (!(value_of(range) > 0)) return {Number{0}, saturation, value};
  const Number sixths = range * 6.0F;
  Number hue;
  if (value_of(value) == value_of(r)) {
    hue = (g - b) / sixths;
  } else if (value_of(value) == value_of(g)) {
    hue = (b - r) / sixths + 2.0F / 6;
  } else {
    hue = (r - g) / sixths + 4.0F / 6;
  }
  if (value_of(hue) < 0) hue = hue + 1.0F;
  return {hue, saturation, value};
}

template <typename Number>
Pixel<Number> hsv_to_rgb(const Pixel<Number>& pixel) {
  const auto& [hue, saturation, value] = pixel;
  const Number turn = (hue + -std::floor(value_of(hue))) * 6.0F;
  const Number red = bounded(magnitude(turn + -3.0F) + -1.0F, 0, 1);
  const Number green = bounded(magnitude(turn + -2.0F) * -1.0F + 2.0F, 0, 1);
  const Number blue = bounded(magnitude(turn + -4.0F) * -1.0F + 2.0F, 0, 1);
  const Number rest = saturation * -1.0F + 1.0F;
  return {value * (rest + saturation * red), value * (rest + saturation * green),
          value * (rest + saturation * blue)};
}

/// `Derived::draw(random)` returns what the image's numbers make of a pixel: a function of a Pixel of floats
/// or of duals.
template <typename Derived>
class PixelOperation : public ColorOperation {
 public:
  using ColorOperation::ColorOperation;

  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const auto change = static_cast<const Derived*>(this)->draw(random);
    for (std::int64_t i = 0; i < size().elements(); i += 3) {
      const Pixel<float> pixel = change(Pixel<float>{x[i], x[i + 1], x[i + 2]});
      std::copy(pixel.begin(), pixel.end(), y + i);
    }
  }
  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float*) const override {
    const auto change = static_cast<const Derived*>(this)->draw(random);
    for (std::int64_t i = 0; i < size().elements(); i += 3) {
      const Pixel<Dual> pixel =
          change(Pixel<Dual>{Dual{x[i], {1, 0, 0}}, Dual{x[i + 1], {0, 1, 0}}, Dual{x[i + 2], {0, 0, 1}}});
      for (std::size_t c = 0; c < 3; ++c) {
        dx[i + static_cast<std::int64_t>(c)] =
            dy[i] * pixel[0].slope[c] + dy[i + 1] * pixel[1].slope[c] + dy[i + 2] * pixel[2].slope[c];
      }
    }
  }
};

class SaturationOperation final : public PixelOperation<SaturationOperation> {
 public:
  SaturationOperation(const ImageSize& image, const RandomSaturationOptions& options)
      : PixelOperation(image, options.value_range), factor_(options.factor) {}

  auto draw(const ImageRandom& random) const {
    const double drawn = random.uniform(0, factor_);
    const auto factor = static_cast<float>(drawn / (1 - drawn + 1e-7));
    return [this, factor](const auto& rgb) {
      auto hsv = rgb_to_hsv(rgb);
      hsv[1] = bounded(hsv[1] * factor, low(), high());
      return hsv_to_rgb(hsv);
    };
  }

 private:
  RandomRange factor_;
};

class HueOperation final : public PixelOperation<HueOperation> {
 public:
  HueOperation(const ImageSize& image, const RandomHueOptions& options)
      : PixelOperation(image, options.value_range), factor_(options.factor) {}

  auto draw(const ImageRandom& random) const {
    const double sign = random.uniform(0) > 0.5 ? -1 : 1;
    const auto turn = static_cast<float>(sign * 0.5 * random.uniform(1, factor_));
    return [this, turn](auto rgb) {
      for (auto& channel : rgb) channel = (channel + -low()) * (1 / (high() - low()));
      auto hsv = rgb_to_hsv(rgb);
      hsv[0] = hsv[0] + turn;
      if (value_of(hsv[0]) > 1) hsv[0] = hsv[0] + -1.0F;
      if (value_of(hsv[0]) < 0) hsv[0] = hsv[0] + 1.0F;
      rgb = hsv_to_rgb(hsv);
      for (auto& channel : rgb) channel = bounded(channel, 0, 1) * (high() - low()) + low();
      return rgb;
    };
  }

 private:
  RandomRange factor_;
};

}  // namespace

std::unique_ptr<Layer> make_random_saturation(const ImageLayerOptions& layer,
                                              const RandomSaturationOptions& options) {
  return make_rgb_layer<SaturationOperation>("RandomSaturation", layer, options);
}

std::unique_ptr<Layer> make_random_hue(const ImageLayerOptions& layer, const RandomHueOptions& options) {
  return make_rgb_layer<HueOperation>("RandomHue", layer, options);
}

}  // namespace ktrain
