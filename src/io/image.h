#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktrain {

/// What a decoded image is made of, as tf.image.decode_image makes it: alpha that is not wanted is dropped,
/// gray is repeated, colour becomes gray by 0.299 R + 0.587 G + 0.114 B (a JPEG's own luma). Images without
/// alpha are opaque. Sixteen bits lose the lower eight, palettes become colours.
enum class ColorMode : int { kGrayscale = 1, kRgb = 3, kRgba = 4 };

struct DecodedImage {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;  ///< (height, width, channels)
};

/// Images of more pixels than this are refused.
inline constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

/// Decodes a JPEG (libjpeg's defaults: exact integer DCT, smooth upsampling) or PNG file's bytes into
/// `image`, whose memory is used again. The bytes tell the format, not the name, which is for messages.
/// Throws Error{kData} for damaged and truncated images, for CMYK, and, by their names, for BMP, GIF, TIFF
/// and WebP.
void decode_image(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                  DecodedImage& image);

// One function a format; what decode_image calls.
void decode_jpeg(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                 DecodedImage& image);
void decode_png(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                DecodedImage& image);

/// Gives `image` its sizes and memory; `name` and `format` are for the message when it is too large.
void resize_pixels(DecodedImage& image, std::int64_t height, std::int64_t width, std::int64_t channels,
                   const std::string& name);

}  // namespace ktrain
