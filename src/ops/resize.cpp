#include "ops/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"
#include "core/simd.h"

namespace ktrain {
namespace {

constexpr double kLeastWeight = 1000 * 0x1p-23;  // below it an output has no pixels

double triangle(double x) {
  return std::max(0.0, 1 - x);
}

double keys_cubic(double x) {
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : ((1.5 * x - 2.5) * x) * x + 1;
}

double lanczos(double radius, double x) {
  constexpr double kPi = std::numbers::pi;
  if (x > radius) return 0;
  return x > 1e-3 ? radius * std::sin(kPi * x) * std::sin(kPi * x / radius) / (kPi * kPi * x * x) : 1;
}

double radius_of(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kBicubic:
      return 2;
    case Interpolation::kLanczos3:
      return 3;
    case Interpolation::kLanczos5:
      return 5;
    default:
      return 1;
  }
}

double kernel_at(Interpolation interpolation, double x) {
  switch (interpolation) {
    case Interpolation::kBicubic:
      return keys_cubic(x);
    case Interpolation::kLanczos3:
      return lanczos(3, x);
    case Interpolation::kLanczos5:
      return lanczos(5, x);
    default:
      return triangle(x);
  }
}

template <typename Pixel>
[[gnu::always_inline]] inline void add_row(const Pixel* x, float weight, float shift, float* sum,
                                           std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += weight * (static_cast<float>(x[i]) - shift);
}

KTRAIN_SIMD void add_scaled(const float* x, float weight, float shift, float* sum, std::int64_t count) {
  add_row(x, weight, shift, sum, count);
}

KTRAIN_SIMD void add_scaled(const std::uint8_t* x, float weight, float shift, float* sum,
                            std::int64_t count) {
  add_row(x, weight, shift, sum, count);
}

}  // namespace

std::optional<Interpolation> interpolation_of(std::string_view name) {
  if (name == "nearest") return Interpolation::kNearest;
  if (name == "bilinear") return Interpolation::kBilinear;
  if (name == "bicubic") return Interpolation::kBicubic;
  if (name == "lanczos3") return Interpolation::kLanczos3;
  if (name == "lanczos5") return Interpolation::kLanczos5;
  return std::nullopt;
}

// Quotients in float64 and rounded down, as Keras computes them.
ImageBox aspect_ratio_crop(HeightWidth image, HeightWidth target) {
  const auto scaled = [](std::int64_t size, std::int64_t to, std::int64_t from) {
    return static_cast<std::int64_t>(static_cast<double>(size * to) / static_cast<double>(from));
  };
  const std::int64_t height =
      std::max<std::int64_t>(std::min(image[0], scaled(image[1], target[0], target[1])), 1);
  const std::int64_t width =
      std::max<std::int64_t>(std::min(image[1], scaled(image[0], target[1], target[0])), 1);
  return {(image[0] - height) / 2, (image[1] - width) / 2, height, width};
}

ImageBox aspect_ratio_pad(HeightWidth image, HeightWidth target) {
  const auto scaled = [](std::int64_t size, std::int64_t to, std::int64_t from) {
    return static_cast<std::int64_t>(static_cast<double>(size * to) / static_cast<double>(from));
  };
  const std::int64_t above = (std::max(image[0], scaled(image[1], target[0], target[1])) - image[0]) / 2;
  const std::int64_t before = (std::max(image[1], scaled(image[0], target[1], target[0])) - image[1]) / 2;
  // The same on both sides, and on one axis alone: Keras pads rows when it has any to pad.
  if (above > 0) return {-above, 0, image[0] + 2 * above, image[1]};
  return {0, -before, image[0], image[1] + 2 * before};
}

ImageResize::ImageResize(const ImageSize& image, const ImageBox& box, HeightWidth target,
                         const ResizeOptions& options)
    : image_(image),
      target_{target[0], target[1], image.channels},
      fill_value_(options.fill_value),
      rows_(make_axis(image.height, box.top, box.height, target[0], options)),
      columns_(make_axis(image.width, box.left, box.width, target[1], options)) {}

ImageResize::Axis ImageResize::make_axis(std::int64_t image, std::int64_t begin, std::int64_t box,
                                         std::int64_t target, const ResizeOptions& options) {
  KTRAIN_CHECK(image > 0 && box > 0 && target > 0, image, " ", box, " ", target);
  Axis axis;
  const auto add = [&](std::int64_t pixel, double weight) {
    const std::int64_t at = begin + pixel;
    if (at < 0 || at >= image) return;
    Axis::Taps& taps = axis.taps.back();
    if (taps.count == 0) taps.first = at;
    axis.weights[static_cast<std::size_t>((std::ssize(axis.taps) - 1) * axis.stride + taps.count++)] =
        static_cast<float>(weight);
  };
  const double ratio = static_cast<double>(box) / static_cast<double>(target);
  const double widening = options.antialias ? std::max(ratio, 1.0) : 1.0;
  const double radius = radius_of(options.interpolation) * widening;
  const bool single = box == target || options.interpolation == Interpolation::kNearest;
  axis.stride = single ? 1 : 2 * static_cast<std::int64_t>(std::ceil(radius)) + 1;
  axis.weights.resize(static_cast<std::size_t>(axis.stride * target));
  for (std::int64_t i = 0; i < target; ++i) {
    axis.taps.emplace_back();
    if (single) {
      // In float32, as Keras has it: the last bit decides where a pixel begins.
      const float place =
          (static_cast<float>(i) + 0.5F) * static_cast<float>(box) / static_cast<float>(target);
      add(box == target ? i : static_cast<std::int64_t>(std::floor(place)), 1);
      continue;
    }
    const double sample = (static_cast<double>(i) + 0.5) * ratio - 0.5;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(sample - radius)), 0);
    const auto last = std::min(static_cast<std::int64_t>(std::floor(sample + radius)), box - 1);
    const auto weight = [&](std::int64_t j) {
      return kernel_at(options.interpolation, std::abs(sample - static_cast<double>(j)) / widening);
    };
    double sum = 0;
    for (std::int64_t j = first; j <= last; ++j) sum += weight(j);
    if (std::abs(sum) <= kLeastWeight) continue;
    for (std::int64_t j = first; j <= last; ++j) add(j, weight(j) / sum);
  }
  return axis;
}

template <typename Pixel>
void ImageResize::resize(const Pixel* x, float* y, float* scratch) const {
  const std::int64_t channels = image_.channels;
  for (std::int64_t row = 0; row < target_.height; ++row) {
    std::fill_n(scratch, image_.row(), 0.0F);
    const Axis::Taps& from = rows_.taps[static_cast<std::size_t>(row)];
    const float* row_weights = rows_.weights.data() + row * rows_.stride;
    for (std::int64_t t = 0; t < from.count; ++t) {
      add_scaled(x + (from.first + t) * image_.row(), row_weights[t], fill_value_, scratch, image_.row());
    }
    for (std::int64_t column = 0; column < target_.width; ++column) {
      const Axis::Taps& taps = columns_.taps[static_cast<std::size_t>(column)];
      const float* weights = columns_.weights.data() + column * columns_.stride;
      for (std::int64_t c = 0; c < channels; ++c) {
        float sum = fill_value_;
        const float* pixel = scratch + taps.first * channels + c;
        for (std::int64_t t = 0; t < taps.count; ++t) sum += weights[t] * pixel[t * channels];
        *y++ = sum;
      }
    }
  }
}

void ImageResize::forward(const float* x, float* y, float* scratch) const {
  resize(x, y, scratch);
}

void ImageResize::forward(const std::uint8_t* x, float* y, float* scratch) const {
  resize(x, y, scratch);
}

void ImageResize::backward(const float* dy, float* dx, float* scratch) const {
  const std::int64_t channels = image_.channels;
  std::fill_n(dx, image_.elements(), 0.0F);
  for (std::int64_t row = 0; row < target_.height; ++row) {
    std::fill_n(scratch, image_.row(), 0.0F);
    for (std::int64_t column = 0; column < target_.width; ++column) {
      const Axis::Taps& taps = columns_.taps[static_cast<std::size_t>(column)];
      const float* weights = columns_.weights.data() + column * columns_.stride;
      for (std::int64_t c = 0; c < channels; ++c) {
        const float gradient = *dy++;
        float* pixel = scratch + taps.first * channels + c;
        for (std::int64_t t = 0; t < taps.count; ++t) pixel[t * channels] += weights[t] * gradient;
      }
    }
    const Axis::Taps& from = rows_.taps[static_cast<std::size_t>(row)];
    const float* row_weights = rows_.weights.data() + row * rows_.stride;
    for (std::int64_t t = 0; t < from.count; ++t) {
      add_scaled(scratch, row_weights[t], 0, dx + (from.first + t) * image_.row(), image_.row());
    }
  }
}

}  // namespace ktrain
