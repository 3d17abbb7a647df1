#include "ktrain/nn/layers/resizing.h"

#include <algorithm>

#include "core/text.h"
#include "nn/layers/image_operation.h"
#include "nn/layers/resize_operation.h"
#include "ops/resize.h"

namespace ktrain {
namespace {

class ResizeOperation final : public ImageOperation {
 public:
  explicit ResizeOperation(const ImageResize& resize) : resize_(resize) {}

  ImageSize output() const override { return resize_.target(); }
  std::int64_t scratch_elements() const override { return resize_.scratch_elements(); }
  void forward(const ImageRandom&, const float* x, float* y, float* scratch) const override {
    resize_.forward(x, y, scratch);
  }
  void backward(const ImageRandom&, const float*, const float* dy, float* dx, float* scratch) const override {
    resize_.backward(dy, dx, scratch);
  }

 private:
  ImageResize resize_;
};

/// `target` pixels of a larger image from a random place.
class CropOperation final : public ImageOperation {
 public:
  CropOperation(const ImageSize& image, HeightWidth target)
      : image_(image), target_{target[0], target[1], image.channels} {}

  ImageSize output() const override { return target_; }
  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const std::int64_t begin = first_pixel(random);
    for (std::int64_t row = 0; row < target_.height; ++row) {
      std::copy_n(x + begin + row * image_.row(), target_.row(), y + row * target_.row());
    }
  }
  void backward(const ImageRandom& random, const float*, const float* dy, float* dx, float*) const override {
    const std::int64_t begin = first_pixel(random);
    std::fill_n(dx, image_.elements(), 0.0F);
    for (std::int64_t row = 0; row < target_.height; ++row) {
      std::copy_n(dy + row * target_.row(), target_.row(), dx + begin + row * image_.row());
    }
  }

 private:
  std::int64_t first_pixel(const ImageRandom& random) const {
    const auto place = [&](std::uint64_t index, std::int64_t from, std::int64_t to) {
      return static_cast<std::int64_t>(random.uniform(index, {0, static_cast<double>(from - to + 1)}));
    };
    const std::int64_t top = place(0, image_.height, target_.height);
    return top * image_.row() + place(1, image_.width, target_.width) * image_.channels;
  }

  ImageSize image_;
  ImageSize target_;
};

void require_size(const std::string& class_name, const ImageLayerOptions& layer, HeightWidth size) {
  if (size[0] >= 1 && size[1] >= 1) return;
  refuse_image_layer(class_name, layer,
                     text("height ", size[0], " and width ", size[1], " must be at least 1"));
}

}  // namespace

std::unique_ptr<ImageOperation> make_resize_operation(const ImageSize& image, const ImageBox& box,
                                                      HeightWidth target, const ResizeOptions& options) {
  return std::make_unique<ResizeOperation>(ImageResize(image, box, target, options));
}

std::unique_ptr<Layer> make_resizing(const ImageLayerOptions& layer, const ResizingOptions& options) {
  require_size("Resizing", layer, options.size);
  if (options.crop_to_aspect_ratio && options.pad_to_aspect_ratio) {
    refuse_image_layer("Resizing", layer, "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
  }
  return make_image_layer("Resizing", layer, false, [options](const Layer&, const ImageSize& image, bool) {
    ImageBox box{0, 0, image.height, image.width};
    if (options.crop_to_aspect_ratio) box = aspect_ratio_crop({image.height, image.width}, options.size);
    if (options.pad_to_aspect_ratio) box = aspect_ratio_pad({image.height, image.width}, options.size);
    return make_resize_operation(image, box, options.size,
                                 {.interpolation = options.interpolation,
                                  .antialias = options.antialias,
                                  .fill_value = static_cast<float>(options.fill_value)});
  });
}

std::unique_ptr<Layer> make_center_crop(const ImageLayerOptions& layer, HeightWidth size) {
  require_size("CenterCrop", layer, size);
  return make_image_layer("CenterCrop", layer, false, [size](const Layer&, const ImageSize& image, bool) {
    const HeightWidth larger = {image.height - size[0], image.width - size[1]};
    if (larger[0] >= 0 && larger[1] >= 0) {
      return make_resize_operation(image, {larger[0] / 2, larger[1] / 2, size[0], size[1]}, size);
    }
    return make_resize_operation(image, aspect_ratio_crop({image.height, image.width}, size), size);
  });
}

std::unique_ptr<Layer> make_random_crop(const ImageLayerOptions& layer, HeightWidth size) {
  require_size("RandomCrop", layer, size);
  return make_image_layer(
      "RandomCrop", layer, false,
      [size](const Layer&, const ImageSize& image, bool training) -> std::unique_ptr<ImageOperation> {
        if (training && image.height > size[0] && image.width > size[1]) {
          return std::make_unique<CropOperation>(image, size);
        }
        ImageBox box = aspect_ratio_crop({image.height, image.width}, size);
        if (training) {
          // Keras then cuts the full size from where that part begins.
          box.height = std::min(size[0], image.height - box.top);
          box.width = std::min(size[1], image.width - box.left);
        }
        return make_resize_operation(image, box, size);
      });
}

}  // namespace ktrain
