#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/text.h"
#include "io/image.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::size_t kMaxDeflateRatio = 1032;  // zlib's technical notes

/// libpng knows no exceptions: errors jump back, over frames that own nothing.
struct Decoder {
  std::span<const std::byte> rest;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::vector<png_bytep> rows;
  char message[128] = "";

  Decoder() = default;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

void leave_with_message(png_structp png, png_const_charp message) {
  auto& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(decoder.message, message, sizeof decoder.message - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder.rest.size()) png_error(png, "the file ends early");
  std::memcpy(to, decoder.rest.data(), count);
  decoder.rest = decoder.rest.subspan(count);
}

/// Every kind of PNG becomes eight bits of the wanted channels.
void set_transformations(const Decoder& decoder, ColorMode mode) {
  png_structp png = decoder.png;
  const int type = png_get_color_type(png, decoder.info);
  const bool transparent = png_get_valid(png, decoder.info, PNG_INFO_tRNS) != 0;
  png_set_strip_16(png);
  png_set_expand(png);
  if (mode == ColorMode::kRgba) {
    if ((type & PNG_COLOR_MASK_ALPHA) == 0 && !transparent) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  } else {
    png_set_strip_alpha(png);
  }
  constexpr int kSilently = 1;
  if (mode == ColorMode::kGrayscale) {
    if ((type & PNG_COLOR_MASK_COLOR) != 0) png_set_rgb_to_gray(png, kSilently, 0.299, 0.587);
  } else if ((type & PNG_COLOR_MASK_COLOR) == 0) {
    png_set_gray_to_rgb(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
}

bool read_header(Decoder& decoder, ColorMode mode) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;  // NOLINT(cert-err52-cpp)
  png_set_read_fn(decoder.png, &decoder, read_bytes);
  png_read_info(decoder.png, decoder.info);
  set_transformations(decoder, mode);
  return true;
}

bool read_pixels(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;  // NOLINT(cert-err52-cpp)
  png_read_image(decoder.png, decoder.rows.data());
  png_read_end(decoder.png, nullptr);
  return true;
}

}  // namespace

void decode_png(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                DecodedImage& image) {
  Decoder decoder;
  decoder.rest = bytes;
  const auto refuse = [&](const char* why) {
    throw Error(ExitCode::kData, text(name, ": damaged PNG: ", why));
  };
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, leave_with_message, ignore_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) throw std::bad_alloc();
  if (!read_header(decoder, mode)) refuse(decoder.message);
  const std::size_t height = png_get_image_height(decoder.png, decoder.info);
  const std::size_t row_bytes = png_get_rowbytes(decoder.png, decoder.info);
  // Every row has at least one bit a pixel and eight pixels of the file's become at most 32 bytes here.
  if (height * (row_bytes / 32 + 1) / kMaxDeflateRatio > bytes.size()) {
    refuse("more pixels than the file can hold");
  }
  resize_pixels(image, static_cast<std::int64_t>(height), png_get_image_width(decoder.png, decoder.info),
                static_cast<int>(mode), name);
  if (row_bytes * height != image.pixels.size()) refuse("channels of an unknown kind");
  decoder.rows.resize(height);
  for (std::size_t row = 0; row < height; ++row) decoder.rows[row] = image.pixels.data() + row * row_bytes;
  if (!read_pixels(decoder)) refuse(decoder.message);
}

}  // namespace ktrain
