#include "fuzz/fuzz_target.h"
#include "io/image.h"
#include "support/image_files.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const auto pixels = [](std::size_t count) {
    std::vector<std::uint8_t> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i * 7);
    return values;
  };
  return {png_file(5, 4, 3, pixels(60)),   png_file(3, 3, 1, pixels(9)),   png_file(2, 2, 4, pixels(16)),
          jpeg_file(9, 8, 3, pixels(216)), jpeg_file(8, 8, 1, pixels(64)), "GIF89a"};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  DecodedImage image;
  for (const ColorMode mode : {ColorMode::kGrayscale, ColorMode::kRgba}) {
    fuzz::reads([&] { decode_image(fuzz::bytes_of(data, size), mode, "t", image); });
  }
  return 0;
}
