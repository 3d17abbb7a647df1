#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "ktrain/core/philox.h"
#include "ktrain/nn/layers/image_layer.h"
#include "ops/image_size.h"

namespace ktrain {

/// The random numbers of one image in one call of a layer.
class ImageRandom {
 public:
  ImageRandom(const RandomStream& stream, std::uint64_t position) : stream_(&stream), position_(position) {}

  /// Number `index`, evenly in [range[0], range[1]).
  double uniform(std::uint64_t index, const RandomRange& range = {0, 1}) const {
    index += first_;
    return range[0] + (range[1] - range[0]) * double{stream_->uniform(position_, index / 4)[index % 4]};
  }
  /// Standard normal numbers, of other bits than uniform's.
  float normal(std::uint64_t index) const {
    index += first_;
    return stream_->normal(position_, kNormal + index / 4)[index % 4];
  }

  /// Numbers for part `part` of an operation, which has none in common with the others.
  ImageRandom part(std::uint64_t part) const {
    ImageRandom random = *this;
    random.first_ += (part + 1) << 40;
    return random;
  }

 private:
  static constexpr std::uint64_t kNormal = std::uint64_t{1} << 60;

  const RandomStream* stream_;
  std::uint64_t position_;
  std::uint64_t first_ = 0;
};

/// What a layer does with one image, prepared for one size. Used by several threads at a time.
class ImageOperation {
 public:
  virtual ~ImageOperation() = default;
  /// The sizes of the output.
  virtual ImageSize output() const = 0;
  /// Floats of scratch memory that a call needs.
  virtual std::int64_t scratch_elements() const { return 0; }
  virtual void forward(const ImageRandom& random, const float* x, float* y, float* scratch) const = 0;
  /// False when backward must not be called: the layer then refuses to stand behind layers that are trained.
  virtual bool has_gradient() const { return true; }
  /// Overwrites dx; `random` gives the numbers of the forward call, x is its input.
  virtual void backward(const ImageRandom& random, const float* x, const float* dy, float* dx,
                        float* scratch) const = 0;
};

/// Makes the operation for images of one size; may refuse them, naming the layer.
using MakeImageOperation =
    std::function<std::unique_ptr<ImageOperation>(const Layer& layer, const ImageSize& size, bool training)>;

/// A layer that does it. With `random`, it passes through but in training, and its output has its input's
/// sizes.
std::unique_ptr<Layer> make_image_layer(const std::string& class_name, const ImageLayerOptions& options,
                                        bool random, MakeImageOperation make);

/// What such a layer does with images of one size, for layers that are made of others.
std::unique_ptr<ImageOperation> image_operation(const Layer& layer, const ImageSize& size, bool training);

/// Refuses what cannot be read between pixels of moved images: all but nearest and bilinear.
void require_sampling(const std::string& class_name, const ImageLayerOptions& options,
                      Interpolation interpolation);

/// Throws Error{kConfiguration} that names the layer.
[[noreturn]] void refuse_image_layer(const std::string& class_name, const ImageLayerOptions& options,
                                     const std::string& why);

}  // namespace ktrain
