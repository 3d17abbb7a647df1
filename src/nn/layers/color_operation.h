#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "nn/layers/image_operation.h"
#include "nn/refuse.h"

namespace ktrain {

/// An operation on colours: its output has its input's sizes.
class ColorOperation : public ImageOperation {
 public:
  ColorOperation(const ImageSize& size, const ValueRange& range)
      : size_(size), low_(static_cast<float>(range[0])), high_(static_cast<float>(range[1])) {}
  ImageSize output() const override { return size_; }

 protected:
  const ImageSize& size() const { return size_; }
  float low() const { return low_; }
  float high() const { return high_; }

  float clip(float value) const { return std::min(std::max(value, low_), high_); }
  /// The gradient of clip(value).
  float clip_gradient(float value, float gradient) const {
    return low_ <= value && value <= high_ ? gradient : 0;
  }

 private:
  ImageSize size_;
  float low_;
  float high_;
};

/// A layer that draws and then does `Operation`, made of (size, options).
template <typename Operation, typename Options>
std::unique_ptr<Layer> make_color_layer(const std::string& class_name, const ImageLayerOptions& layer,
                                        const Options& options) {
  return make_image_layer(class_name, layer, true, [options](const Layer&, const ImageSize& size, bool) {
    return std::make_unique<Operation>(size, options);
  });
}

inline void require_rgb(const Layer& layer, const ImageSize& size) {
  if (size.channels != 3) refuse(layer, "takes images of three channels, not ", size.channels);
}

/// The same for images of three channels; refuses others.
template <typename Operation, typename Options>
std::unique_ptr<Layer> make_rgb_layer(const std::string& class_name, const ImageLayerOptions& layer,
                                      const Options& options) {
  return make_image_layer(class_name, layer, true, [options](const Layer& made, const ImageSize& size, bool) {
    require_rgb(made, size);
    return std::make_unique<Operation>(size, options);
  });
}

}  // namespace ktrain
