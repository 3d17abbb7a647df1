#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ktrain/ops/image.h"
#include "ktrain/ops/window.h"
#include "ops/image_size.h"

namespace ktrain {

/// By Keras's name; nothing for others.
std::optional<Interpolation> interpolation_of(std::string_view name);

/// A rectangle of an image; it may reach beyond it.
struct ImageBox {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// The largest box in the middle of an image that has the aspect ratio of `target` (keras.utils.smart_resize,
/// crop_to_aspect_ratio): its height is min(H, floor(W th / tw)), its width min(W, floor(H tw / th)).
ImageBox aspect_ratio_crop(HeightWidth image, HeightWidth target);
/// The smallest one around it (pad_to_aspect_ratio): max(H, floor(W th / tw)) high, and so on.
ImageBox aspect_ratio_pad(HeightWidth image, HeightWidth target);

struct ResizeOptions {
  Interpolation interpolation = Interpolation::kBilinear;
  /// Where the image is made smaller the kernel is made wider by as much, so that every pixel counts.
  bool antialias = false;
  /// What the box holds beyond the image.
  float fill_value = 0;
};

/// keras.ops.image.resize of a box of an image, for one pair of sizes. Pixel centres are at half: output i
/// samples the box at s = (i + 0.5) n / m - 0.5, and is the sum of k(|s - j| / a) x_j over its pixels j,
/// divided by the sum of those k. k is the triangle, Keys's cubic with a = -0.5 (Keys 1981), or Lanczos's
/// window of radius 3 or 5; a is max(n / m, 1) with antialias, else 1. Nearest takes floor((i + 0.5) n / m).
/// An axis that keeps its size is copied.
class ImageResize {
 public:
  ImageResize(const ImageSize& image, const ImageBox& box, HeightWidth target, const ResizeOptions& options);

  const ImageSize& target() const { return target_; }
  /// Floats of scratch memory that a call needs.
  std::int64_t scratch_elements() const { return image_.row(); }

  void forward(const float* x, float* y, float* scratch) const;
  void forward(const std::uint8_t* x, float* y, float* scratch) const;
  /// Overwrites dx with the gradient of the whole image.
  void backward(const float* dy, float* dx, float* scratch) const;

 private:
  /// For each output along an axis the pixels that it is made of: `count` from `first` on, `weights` from
  /// output · stride on. Pixels beyond the image are left out.
  struct Axis {
    struct Taps {
      std::int64_t first = 0;
      std::int64_t count = 0;
    };
    std::vector<Taps> taps;
    std::vector<float> weights;
    std::int64_t stride = 0;
  };

  static Axis make_axis(std::int64_t image, std::int64_t begin, std::int64_t box, std::int64_t target,
                        const ResizeOptions& options);
  template <typename Pixel>
  void resize(const Pixel* x, float* y, float* scratch) const;

  ImageSize image_;
  ImageSize target_;
  float fill_value_;
  Axis rows_;
  Axis columns_;
};

}  // namespace ktrain
