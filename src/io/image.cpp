#include "io/image.h"

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view begin;
  std::string_view format;
  void (*decode)(std::span<const std::byte>, ColorMode, const std::string&, DecodedImage&);
};

constexpr Signature kSignatures[] = {{"\xFF\xD8\xFF"sv, "JPEG", decode_jpeg},
                                     {"\x89PNG\r\n\x1A\n"sv, "PNG", decode_png},
                                     {"BM"sv, "BMP", nullptr},
                                     {"GIF8"sv, "GIF", nullptr},
                                     {"II*\0"sv, "TIFF", nullptr},
                                     {"MM\0*"sv, "TIFF", nullptr},
                                     {"RIFF"sv, "WebP", nullptr}};

}  // namespace

void resize_pixels(DecodedImage& image, std::int64_t height, std::int64_t width, std::int64_t channels,
                   const std::string& name) {
  if (height < 1 || width < 1 || height > kMaxPixels / width) {
    throw Error(ExitCode::kData,
                text(name, ": an image of ", height, " x ", width, " pixels, not of 1 to ", kMaxPixels));
  }
  image.height = height;
  image.width = width;
  image.channels = channels;
  image.pixels.resize(static_cast<std::size_t>(height * width * channels));
}

void decode_image(std::span<const std::byte> bytes, ColorMode mode, const std::string& name,
                  DecodedImage& image) {
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& signature : kSignatures) {
    if (!content.starts_with(signature.begin)) continue;
    if (signature.decode != nullptr) return signature.decode(bytes, mode, name, image);
    throw Error(ExitCode::kData,
                text(name, ": ", signature.format, " images are not supported, only JPEG and PNG"));
  }
  throw Error(ExitCode::kData,
              text(name, bytes.empty() ? ": empty, not an image" : ": not a JPEG or PNG image"));
}

}  // namespace ktrain
