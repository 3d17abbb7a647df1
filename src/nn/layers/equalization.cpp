#include <algorithm>
#include <cmath>

#include "ktrain/nn/layers/image_filters.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

class EqualizationOperation final : public ColorOperation {
 public:
  EqualizationOperation(const ImageSize& image, const EqualizationOptions& options)
      : ColorOperation(image, options.value_range), bins_(options.bins) {}

  std::int64_t scratch_elements() const override { return bins_; }

  void forward(const ImageRandom&, const float* x, float* y, float* counts) const override {
    for (std::int64_t c = 0; c < size().channels; ++c) equalize(x + c, y + c, counts);
  }
  // What a pixel becomes is looked up: but for images of one value nothing depends on it smoothly.
  void backward(const ImageRandom&, const float* x, const float* dy, float* dx,
                float* counts) const override {
    for (std::int64_t c = 0; c < size().channels; ++c) {
      count(x + c, counts);
      const float slope = is_flat(counts) ? 1 : 0;
      for_each_pixel([&](std::int64_t i) { dx[c + i] = slope * dy[c + i]; });
    }
  }

 private:
  template <typename Body>
  void for_each_pixel(const Body& body) const {
    for (std::int64_t i = 0; i < size().elements(); i += size().channels) body(i);
  }

  std::int64_t bin_of(float x) const {
    const float scaled = (x - low()) / (high() - low()) * static_cast<float>(bins_ - 1);
    // What is not a number has no bin; it goes to the first.
    return scaled > 0 ? std::min(static_cast<std::int64_t>(std::min(scaled, 0x1p62F)), bins_ - 1) : 0;
  }

  void count(const float* x, float* counts) const {
    std::fill_n(counts, bins_, 0.0F);
    for_each_pixel([&](std::int64_t i) { counts[bin_of(x[i])] += 1; });
  }
  bool is_flat(const float* counts) const {
    return std::count_if(counts, counts + bins_, [](float n) { return n > 0; }) <= 1;
  }

  void equalize(const float* x, float* y, float* counts) const {
    count(x, counts);
    if (is_flat(counts)) {
      for_each_pixel([&](std::int64_t i) { y[i] = x[i]; });
      return;
    }
    // Pixels of the first bin that has any become 0, those of the last 255.
    const auto pixels = static_cast<float>(size().height * size().width);
    const float first = *std::find_if(counts, counts + bins_, [](float n) { return n > 0; });
    float below = 0;
    for (std::int64_t bin = 0; bin < bins_; ++bin) {
      below += counts[bin];
      const float level = std::nearbyint((below - first) * 255 / (pixels - first));
      counts[bin] = std::clamp(level, 0.0F, 255.0F) / 255 * (high() - low()) + low();
    }
    for_each_pixel([&](std::int64_t i) { y[i] = counts[bin_of(x[i])]; });
  }

  std::int64_t bins_;
};

}  // namespace

std::unique_ptr<Layer> make_equalization(const ImageLayerOptions& layer, const EqualizationOptions& options) {
  if (options.bins < 1) refuse_image_layer("Equalization", layer, "bins must be at least 1");
  return make_color_layer<EqualizationOperation>("Equalization", layer, options);
}

}  // namespace ktrain
