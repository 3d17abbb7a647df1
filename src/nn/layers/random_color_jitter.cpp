#include <algorithm>
#include <utility>
#include <vector>

#include "ktrain/nn/layers/random_color.h"
#include "nn/layers/image_operation.h"

namespace ktrain {
namespace {

/// Operations one after the other, which all keep the image's sizes.
class SequenceOperation final : public ImageOperation {
 public:
  SequenceOperation(const ImageSize& size, std::vector<std::unique_ptr<ImageOperation>> steps)
      : size_(size), steps_(std::move(steps)) {
    for (const auto& step : steps_) step_scratch_ = std::max(step_scratch_, step->scratch_elements());
  }

  ImageSize output() const override { return size_; }
  /// What goes into each step, what goes into the gradient of each, and the steps' own.
  std::int64_t scratch_elements() const override {
    return 2 * std::ssize(steps_) * size_.elements() + step_scratch_;
  }

  void forward(const ImageRandom& random, const float* x, float* y, float* scratch) const override {
    if (steps_.empty()) std::copy_n(x, size_.elements(), y);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      float* to = i + 1 == steps_.size() ? y : image(scratch, i + 1);
      steps_[i]->forward(random.part(i), x, to, step_scratch(scratch));
      x = to;
    }
  }

  void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                float* scratch) const override {
    if (steps_.empty()) std::copy_n(dy, size_.elements(), dx);
    const auto input = [&](std::size_t i) { return i == 0 ? x : image(scratch, i); };
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
      steps_[i]->forward(random.part(i), input(i), image(scratch, i + 1), step_scratch(scratch));
    }
    for (std::size_t i = steps_.size(); i-- > 0;) {
      float* to = i == 0 ? dx : image(scratch, steps_.size() + i);
      steps_[i]->backward(random.part(i), input(i), dy, to, step_scratch(scratch));
      dy = to;
    }
  }

 private:
  float* image(float* scratch, std::size_t index) const {
    return scratch + static_cast<std::int64_t>(index) * size_.elements();
  }
  float* step_scratch(float* scratch) const { return image(scratch, 2 * steps_.size()); }

  ImageSize size_;
  std::vector<std::unique_ptr<ImageOperation>> steps_;
  std::int64_t step_scratch_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_random_color_jitter(const ImageLayerOptions& layer,
                                                const RandomColorJitterOptions& options) {
  std::vector<std::shared_ptr<Layer>> layers;
  if (options.brightness) layers.push_back(make_random_brightness(layer, *options.brightness));
  if (options.contrast) layers.push_back(make_random_contrast(layer, *options.contrast));
  if (options.saturation) layers.push_back(make_random_saturation(layer, *options.saturation));
  if (options.hue) layers.push_back(make_random_hue(layer, *options.hue));
  return make_image_layer("RandomColorJitter", layer, true,
                          [layers](const Layer&, const ImageSize& size, bool training) {
                            std::vector<std::unique_ptr<ImageOperation>> steps;
                            for (const auto& step : layers) {
                              steps.push_back(image_operation(*step, size, training));
                            }
                            return std::make_unique<SequenceOperation>(size, std::move(steps));
                          });
}

}  // namespace ktrain
