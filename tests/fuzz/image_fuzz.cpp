#include <zlib.h>

#include "fuzz/fuzz_target.h"
#include "io/image.h"
#include "support/image_files.h"

namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// A PNG file with the checksum of each chunk that is whole, since libpng reads no chunk without it.
std::string with_checksums(std::string file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t bytes = big_endian(std::string_view(file).substr(at, 4));
    if (bytes > file.size() - at - 12) break;
    const auto* chunk = reinterpret_cast<const Bytef*>(file.data() + at + 4);
    const auto checksum = crc32_z(0, chunk, bytes + 4);
    for (std::size_t i = 0; i < 4; ++i) {
      file[at + 8 + bytes + i] = static_cast<char>(checksum >> (24 - 8 * i) & 255);
    }
    at += 12 + bytes;
  }
  return file;
}

void decode(std::span<const std::byte> bytes) {
  using namespace ktrain;
  DecodedImage image;
  for (const ColorMode mode : {ColorMode::kGrayscale, ColorMode::kRgba}) {
    fuzz::reads([&] { decode_image(bytes, mode, "t", image); });
  }
}

}  // namespace

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const auto pixels = [](std::size_t count) {
    std::vector<std::uint8_t> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i * 7);
    return values;
  };
  const auto no_more = [](png_structp, png_infop) {};
  const auto with_palette = [](png_structp png, png_infop info) {
    const std::vector<png_color> colors(16, png_color{1, 2, 3});
    png_set_PLTE(png, info, colors.data(), 16);
  };
  return {png_file(5, 4, 3, pixels(60)),
          png_file(3, 3, 1, pixels(9)),
          png_file(2, 2, 4, pixels(16)),
          png_file(9, 9, 2, pixels(162), no_more, 8, -1, PNG_INTERLACE_ADAM7),
          png_file(3, 3, 1, pixels(18), no_more, 16),
          png_file(4, 8, 1, std::vector<std::uint8_t>(16, 0x12), with_palette, 4, PNG_COLOR_TYPE_PALETTE),
          jpeg_file(9, 8, 3, pixels(216)),
          jpeg_file(8, 8, 1, pixels(64)),
          jpeg_file(8, 8, 4, pixels(256)),
          "GIF89a"};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = ktrain::fuzz::bytes_of(data, size);
  decode(bytes);
  if (size < 8 || data[0] != 0x89) return 0;
  const std::string sound = with_checksums({reinterpret_cast<const char*>(data), size});
  decode(std::as_bytes(std::span(sound)));
  return 0;
}
