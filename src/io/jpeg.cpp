// jpeglib.h uses what these declare.
#include <cstddef>
#include <cstdio>

#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include <csetjmp>

#include "core/text.h"
#include "io/image.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// libjpeg knows no exceptions: errors jump back to run(), whose frame and the frames below it own nothing.
struct Decoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  std::jmp_buf leave{};
  char message[JMSG_LENGTH_MAX] = "";
};

Decoder& decoder_of(j_common_ptr jpeg) {
  return *static_cast<Decoder*>(jpeg->client_data);
}

void leave_with_message(j_common_ptr jpeg) {
  Decoder& decoder = decoder_of(jpeg);
  jpeg->err->format_message(jpeg, decoder.message);
  std::longjmp(decoder.leave, 1);  // NOLINT(cert-err52-cpp): the only way out of libjpeg
}

/// Warnings after which pixels are made up.
bool is_damage(int message) {
  switch (message) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

void on_message(j_common_ptr jpeg, int level) {
  if (level < 0 && is_damage(jpeg->err->msg_code)) leave_with_message(jpeg);
}

void prepare(Decoder& decoder) {
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = leave_with_message;
  decoder.errors.emit_message = on_message;
  decoder.jpeg.client_data = &decoder;
}

J_COLOR_SPACE color_space(ColorMode mode) {
  switch (mode) {
    case ColorMode::kGrayscale:
      return JCS_GRAYSCALE;
    case ColorMode::kRgb:
      return JCS_RGB;
    case ColorMode::kRgba:
      return JCS_EXT_RGBA;
  }
  return JCS_UNKNOWN;
}

bool read_header(Decoder& decoder, std::span<const std::byte> bytes) {
  if (setjmp(decoder.leave) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_create_decompress(&decoder.jpeg);
  jpeg_mem_src(&decoder.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

bool read_pixels(Decoder& decoder, ColorMode mode, std::uint8_t* pixels) {
  if (setjmp(decoder.leave) != 0) return false;  // NOLINT(cert-err52-cpp)
  decoder.jpeg.out_color_space = color_space(mode);
  jpeg_start_decompress(&decoder.jpeg);
  const std::size_t row_bytes =
      std::size_t{decoder.jpeg.output_width} * static_cast<std::size_t>(static_cast<int>(mode));
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW row = pixels + decoder.jpeg.output_scanline * row_bytes;
    jpeg_read_scanlines(&decoder.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&decoder.jpeg);
  return true;
}

/// Frees the decoder however decode_jpeg ends.
struct Cleanup {
  explicit Cleanup(Decoder& decoder) : decoder_(decoder) {}
  ~Cleanup() { jpeg_destroy_decompress(&decoder_.jpeg); }
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;

 private:
  Decoder& decoder_;
};

/// A block of 64 pixels takes at least one bit; with arithmetic coding less, which is left some room.
void require_plausible_size(const jpeg_decompress_struct& jpeg, std::size_t bytes, const std::string& name) {
  const std::uint64_t pixels_of_byte = jpeg.arith_code != 0 ? 8192 : 512;
  if (std::uint64_t{jpeg.image_height} * jpeg.image_width <= pixels_of_byte * bytes) return;
  throw Error(ExitCode::kData, text(name, ": damaged JPEG: more pixels than the file can hold"));
}

}  // namespace

void decode_jpeg(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                 DecodedImage& image) {
  Decoder decoder;
  prepare(decoder);
  const Cleanup cleanup(decoder);
  const auto refuse = [&] { throw Error(ExitCode::kData, text(name, ": damaged JPEG: ", decoder.message)); };
  if (!read_header(decoder, bytes)) refuse();
  if (decoder.jpeg.jpeg_color_space == JCS_CMYK || decoder.jpeg.jpeg_color_space == JCS_YCCK) {
    throw Error(ExitCode::kData, text(name, ": CMYK images are not supported, only RGB and grayscale"));
  }
  require_plausible_size(decoder.jpeg, bytes.size(), name);
  resize_pixels(image, decoder.jpeg.image_height, decoder.jpeg.image_width, static_cast<int>(mode), name);
  if (!read_pixels(decoder, mode, image.pixels.data())) refuse();
}

}  // namespace ktrain
