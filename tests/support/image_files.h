#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// jpeglib.h uses what these declare.
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>
#include <png.h>

namespace ktrain::testing {

/// A PNG file of these pixels, (height, width, channels) with 1 to 4 channels: gray, gray and alpha, RGB,
/// RGBA. `prepare` may set more before the header is written.
inline std::string png_file(
    int height, int width, int channels, std::vector<std::uint8_t> pixels,
    const std::function<void(png_structp, png_infop)>& prepare = [](png_structp, png_infop) {},
    int bit_depth = 8, int type = -1, int interlace = PNG_INTERLACE_NONE) {
  constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGBA};
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep bytes, std::size_t count) {
        static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(bytes), count);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), bit_depth,
               type < 0 ? kTypes[channels - 1] : type, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  prepare(png, info);
  std::vector<png_bytep> rows;
  const std::size_t row_bytes = pixels.size() / static_cast<std::size_t>(height);
  for (std::size_t row = 0; row < static_cast<std::size_t>(height); ++row) {
    rows.push_back(pixels.data() + row * row_bytes);
  }
  png_set_rows(png, info, rows.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

/// A JPEG file of these pixels, (height, width, channels): gray, RGB or CMYK.
inline std::string jpeg_file(int height, int width, int channels, std::vector<std::uint8_t> pixels,
                             int quality = 100) {
  constexpr J_COLOR_SPACE kSpaces[] = {JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB, JCS_CMYK};
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&jpeg, &bytes, &count);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = channels;
  jpeg.in_color_space = kSpaces[channels - 1];
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = pixels.data() + jpeg.next_scanline * static_cast<unsigned>(width * channels);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string file(reinterpret_cast<char*>(bytes), count);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);
  return file;
}

}  // namespace ktrain::testing
