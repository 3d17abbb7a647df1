#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "data/specification.h"
#include "io/image.h"
#include "ktrain/ops/window.h"
#include "ops/resize.h"

namespace ktrain {

/// Encoded images as float32 arrays of one shape.
struct ImageFormat {
  HeightWidth size = {256, 256};
  ColorMode color_mode = ColorMode::kRgb;
  Interpolation interpolation = Interpolation::kBilinear;
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;

  std::int64_t elements() const { return size[0] * size[1] * static_cast<int>(color_mode); }
};

/// Takes interpolation, crop_to_aspect_ratio and pad_to_aspect_ratio from a specification.
void take_resizing(Specification& specification, ImageFormat& format);

/// Decodes an image and resizes it as keras.utils.image_dataset_from_directory does, into
/// (height, width, channels) floats at `to`. Thread-safe. Errors are decode_image's.
void read_image(std::span<const std::byte> bytes, const ImageFormat& format, const std::string& name,
                float* to);

}  // namespace ktrain
