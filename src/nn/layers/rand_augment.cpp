#include "ktrain/nn/layers/rand_augment.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ktrain/nn/layers/image_filters.h"
#include "ktrain/nn/layers/random_color.h"
#include "ktrain/nn/layers/random_movement.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

/// Some of these operations one after the other, drawn for each image, one perhaps several times.
class ChoiceOperation final : public ImageOperation {
 public:
  ChoiceOperation(const ImageSize& size, std::vector<std::unique_ptr<ImageOperation>> choices,
                  std::int64_t count)
      : size_(size), choices_(std::move(choices)), count_(count) {
    for (const auto& choice : choices_)
      choice_scratch_ = std::max(choice_scratch_, choice->scratch_elements());
  }

  ImageSize output() const override { return size_; }
  std::int64_t scratch_elements() const override { return size_.elements() + choice_scratch_; }

  void forward(const ImageRandom& random, const float* x, float* y, float* scratch) const override {
    std::copy_n(x, size_.elements(), y);
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto chosen = static_cast<std::size_t>(
          random.uniform(static_cast<std::uint64_t>(i), {0, static_cast<double>(choices_.size())}));
      std::copy_n(y, size_.elements(), scratch);
      // Chosen twice, an operation has the same numbers twice, as in Keras.
      choices_[chosen]->forward(random.part(chosen), scratch, y, scratch + size_.elements());
    }
  }

  bool has_gradient() const override { return false; }
  void backward(const ImageRandom&, const float*, const float*, float*, float*) const override {}

 private:
  ImageSize size_;
  std::vector<std::unique_ptr<ImageOperation>> choices_;
  std::int64_t count_;
  std::int64_t choice_scratch_ = 0;
};

std::vector<std::shared_ptr<Layer>> make_choices(const ImageLayerOptions& layer,
                                                 const RandAugmentOptions& options) {
  const RandomRange factor = options.factor;
  const ValueRange range = options.value_range;
  const MovedPixels pixels = {.interpolation = options.interpolation};
  const int bits = std::max(1, static_cast<int>(8 * factor[1]));
  return {
      make_random_shear(layer, {.x_factor = factor, .y_factor = factor, .pixels = pixels}),
      make_random_translation(layer, {.height_factor = factor, .width_factor = factor, .pixels = pixels}),
      make_random_rotation(layer, {.factor = factor, .pixels = pixels}),
      make_random_brightness(layer, {.factor = factor, .value_range = range}),
      make_random_color_degeneration(layer, {.factor = factor, .value_range = range}),
      make_random_contrast(layer, {.factor = factor, .value_range = range}),
      make_random_sharpness(layer, {.factor = factor, .value_range = range}),
      make_random_posterization(layer, {.factor = {1, bits}, .value_range = range}),
      make_solarization(layer, {.addition_factor = factor, .threshold_factor = factor, .value_range = range}),
      make_auto_contrast(layer, range),
      make_equalization(layer, {.value_range = range})};
}

}  // namespace

std::unique_ptr<Layer> make_rand_augment(const ImageLayerOptions& layer, const RandAugmentOptions& options) {
  if (options.num_ops < 0) refuse_image_layer("RandAugment", layer, "num_ops must not be negative");
  const auto layers = make_choices(layer, options);
  return make_image_layer(
      "RandAugment", layer, true,
      [layers, count = options.num_ops](const Layer& made, const ImageSize& size, bool training) {
        require_rgb(made, size);
        std::vector<std::unique_ptr<ImageOperation>> choices;
        for (const auto& choice : layers) choices.push_back(image_operation(*choice, size, training));
        return std::make_unique<ChoiceOperation>(size, std::move(choices), count);
      });
}

}  // namespace ktrain
