#include "data/image_reader.h"

#include <vector>

#include "core/text.h"

namespace ktrain {

void take_resizing(Specification& specification, ImageFormat& format) {
  if (const auto name = specification.take("interpolation")) {
    const auto known = interpolation_of(*name);
    if (!known) {
      specification.refuse(text("option 'interpolation' is '", *name,
                                "', not nearest, bilinear, bicubic, lanczos3 or lanczos5"));
    }
    format.interpolation = *known;
  }
  format.crop_to_aspect_ratio = specification.take_flag("crop_to_aspect_ratio");
  format.pad_to_aspect_ratio = specification.take_flag("pad_to_aspect_ratio");
  if (format.crop_to_aspect_ratio && format.pad_to_aspect_ratio) {
    specification.refuse("crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
  }
}

void read_image(std::span<const std::byte> bytes, const ImageFormat& format, const std::string& name,
                float* to) {
  // Grow to the largest image that this thread has met, then stay.
  thread_local DecodedImage image;
  thread_local std::vector<float> scratch;
  decode_image(bytes, format.color_mode, name, image);
  const ImageSize size{image.height, image.width, image.channels};
  ImageBox box{0, 0, image.height, image.width};
  if (format.crop_to_aspect_ratio) box = aspect_ratio_crop({image.height, image.width}, format.size);
  if (format.pad_to_aspect_ratio) box = aspect_ratio_pad({image.height, image.width}, format.size);
  const ImageResize resize(size, box, format.size, {.interpolation = format.interpolation});
  scratch.resize(static_cast<std::size_t>(resize.scratch_elements()));
  resize.forward(image.pixels.data(), to, scratch.data());
}

}  // namespace ktrain
