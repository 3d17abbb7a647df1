#include "io/image.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>

#include "support/expect_error.h"
#include "support/image_files.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::jpeg_file;
using testing::png_file;
using Pixels = std::vector<std::uint8_t>;

DecodedImage decode(const std::string& file, ColorMode mode = ColorMode::kRgb) {
  DecodedImage image;
  decode_image(std::as_bytes(std::span(file)), mode, "a.img", image);
  return image;
}

TEST(Image, PngKeepsItsPixels) {
  const Pixels pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  const DecodedImage image = decode(png_file(2, 3, 3, pixels));
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, pixels);
  const std::string interlaced = png_file(
      2, 3, 3, pixels, [](png_structp, png_infop) {}, 8, -1, PNG_INTERLACE_ADAM7);
  EXPECT_EQ(decode(interlaced).pixels, pixels);
}

TEST(Image, ChannelsAreRepeatedDroppedAndMade) {
  EXPECT_EQ(decode(png_file(1, 2, 1, {7, 9})).pixels, (Pixels{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(decode(png_file(1, 1, 4, {1, 2, 3, 4})).pixels, (Pixels{1, 2, 3}));
  EXPECT_EQ(decode(png_file(1, 1, 3, {1, 2, 3}), ColorMode::kRgba).pixels, (Pixels{1, 2, 3, 255}));
  EXPECT_EQ(decode(png_file(1, 1, 2, {8, 9}), ColorMode::kRgba).pixels, (Pixels{8, 8, 8, 9}));
  EXPECT_EQ(decode(png_file(1, 1, 2, {8, 9}), ColorMode::kGrayscale).pixels, Pixels{8});
  const DecodedImage gray = decode(png_file(1, 1, 3, {200, 100, 50}), ColorMode::kGrayscale);
  EXPECT_NEAR(gray.pixels[0], 0.299 * 200 + 0.587 * 100 + 0.114 * 50, 1);
}

TEST(Image, PngOfOtherDepthsBecomesBytes) {
  const auto nothing = [](png_structp, png_infop) {};
  EXPECT_EQ(decode(png_file(1, 2, 1, {0x12, 0x34, 0xFE, 0xFF}, nothing, 16), ColorMode::kGrayscale).pixels,
            (Pixels{0x12, 0xFE}));
  EXPECT_EQ(decode(png_file(1, 8, 1, {0b10100000}, nothing, 1), ColorMode::kGrayscale).pixels,
            (Pixels{255, 0, 255, 0, 0, 0, 0, 0}));
  const auto with_palette = [](png_structp png, png_infop info) {
    const png_color palette[] = {{10, 20, 30}, {40, 50, 60}};
    const png_byte alpha[] = {0, 128};
    png_set_PLTE(png, info, palette, 2);
    png_set_tRNS(png, info, alpha, 2, nullptr);
  };
  const std::string file = png_file(1, 2, 1, {1, 0}, with_palette, 8, PNG_COLOR_TYPE_PALETTE);
  EXPECT_EQ(decode(file).pixels, (Pixels{40, 50, 60, 10, 20, 30}));
  EXPECT_EQ(decode(file, ColorMode::kRgba).pixels, (Pixels{40, 50, 60, 128, 10, 20, 30, 0}));
}

TEST(Image, JpegOfOneColourKeepsIt) {
  Pixels pixels;
  for (int i = 0; i < 16 * 24; ++i) pixels.insert(pixels.end(), {200, 100, 50});
  const std::string file = jpeg_file(16, 24, 3, pixels);
  const DecodedImage image = decode(file);
  ASSERT_EQ(image.pixels.size(), pixels.size());
  EXPECT_EQ(image.height, 16);
  for (std::size_t i = 0; i < pixels.size(); ++i) EXPECT_NEAR(image.pixels[i], pixels[i], 2);
  const DecodedImage gray = decode(file, ColorMode::kGrayscale);
  ASSERT_EQ(gray.pixels.size(), 16U * 24U);
  EXPECT_NEAR(gray.pixels[0], 0.299 * 200 + 0.587 * 100 + 0.114 * 50, 1);
  EXPECT_EQ(decode(file, ColorMode::kRgba).pixels[3], 255);
  EXPECT_EQ(decode(jpeg_file(8, 8, 1, Pixels(64, 90))).pixels, Pixels(192, 90));
}

TEST(Image, DamageIsOneLine) {
  Pixels pixels(32 * 32 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i * 7919 >> 3);
  const auto fails = [](const std::string& file, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { decode(file); }, "a.img", why);
  };
  const std::string jpeg = jpeg_file(32, 32, 3, pixels), png = png_file(32, 32, 3, pixels);
  for (const std::size_t part : {4, 10, 50}) {
    fails(jpeg.substr(0, jpeg.size() * part / 100), "damaged JPEG");
    fails(png.substr(0, png.size() * part / 100), "damaged PNG");
  }
  fails(png.substr(0, png.size() - 20), "damaged PNG: the file ends early");
  std::string flipped = png;
  flipped[png.size() / 2] = static_cast<char>(~flipped[png.size() / 2]);
  fails(flipped, "damaged PNG");
}

TEST(Image, OtherFormatsAreRefusedByName) {
  const auto fails = [](const std::string& file, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { decode(file); }, "a.img", why);
  };
  fails("BM......", "BMP images are not supported, only JPEG and PNG");
  fails("GIF89a", "GIF images are not supported");
  fails("RIFF....WEBP", "WebP");
  fails("hello", "not a JPEG or PNG image");
  fails("", "empty");
  fails(jpeg_file(8, 8, 4, Pixels(256, 3)), "CMYK images are not supported");
}

// A header alone that claims 2^31 rows, and one that claims more pixels than its few bytes can hold.
TEST(Image, ClaimsBeyondTheFileAreRefused) {
  std::string file = png_file(1, 1, 3, {1, 2, 3});
  const auto header_of = [&](png_uint_32 width, png_uint_32 height) {
    std::string claimed = file.substr(0, 33);
    png_save_uint_32(reinterpret_cast<png_bytep>(claimed.data()) + 16, width);
    png_save_uint_32(reinterpret_cast<png_bytep>(claimed.data()) + 20, height);
    const auto checksum =
        static_cast<png_uint_32>(crc32(0, reinterpret_cast<const Bytef*>(claimed.data()) + 12, 17));
    png_save_uint_32(reinterpret_cast<png_bytep>(claimed.data()) + 29, checksum);
    return claimed + file.substr(33);
  };
  expect_error(
      ExitCode::kData, [&] { decode(header_of(60000, 60000)); }, "a.img", "PNG");
  expect_error(
      ExitCode::kData, [&] { decode(header_of(10000, 10000)); }, "more pixels than the file can hold");
}

TEST(Image, JpegClaimsBeyondTheFileAreRefused) {
  std::string file = jpeg_file(8, 8, 3, Pixels(192, 3));
  // Behind the marker of the frame: its length, the depth, then height and width.
  file.replace(file.find("\xFF\xC0") + 5, 4, std::string("\x27\x10\x27\x10", 4));
  expect_error(
      ExitCode::kData, [&] { decode(file); }, "more pixels than the file can hold");
}

}  // namespace
}  // namespace ktrain
