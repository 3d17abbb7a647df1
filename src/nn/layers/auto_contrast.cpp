#include <algorithm>
#include <limits>

#include "ktrain/nn/layers/image_filters.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

class AutoContrastOperation final : public ColorOperation {
 public:
  using ColorOperation::ColorOperation;

  bool has_gradient() const override { return false; }

  void forward(const ImageRandom&, const float* x, float* y, float*) const override {
    for (std::int64_t c = 0; c < size().channels; ++c) {
      float smallest = std::numeric_limits<float>::infinity(), largest = -smallest;
      for (std::int64_t i = c; i < size().elements(); i += size().channels) {
        smallest = std::min(smallest, x[i]);
        largest = std::max(largest, x[i]);
      }
      for (std::int64_t i = c; i < size().elements(); i += size().channels) {
        y[i] = smallest == largest
                   ? x[i]
                   : clip((x[i] - smallest) / (largest - smallest) * (high() - low()) + low());
      }
    }
  }

  void backward(const ImageRandom&, const float*, const float*, float*, float*) const override {}
};

}  // namespace

std::unique_ptr<Layer> make_auto_contrast(const ImageLayerOptions& layer, const ValueRange& value_range) {
  return make_image_layer("AutoContrast", layer, false,
                          [value_range](const Layer&, const ImageSize& size, bool) {
                            return std::make_unique<AutoContrastOperation>(size, value_range);
                          });
}

}  // namespace ktrain
