#include <algorithm>
#include <cmath>

#include "ktrain/nn/layers/image_filters.h"
#include "nn/layers/color_operation.h"

namespace ktrain {
namespace {

class ErasingOperation final : public ColorOperation {
 public:
  ErasingOperation(const ImageSize& image, const RandomErasingOptions& options)
      : ColorOperation(image, options.value_range), options_(options) {}

  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    const ImageRandom fill = random.part(0);
    std::copy_n(x, size().elements(), y);
    for_each_erased(random, [&](std::int64_t i) { y[i] = clip(value_at(fill, i)); });
  }
  void backward(const ImageRandom& random, const float*, const float* dy, float* dx, float*) const override {
    std::copy_n(dy, size().elements(), dx);
    for_each_erased(random, [&](std::int64_t i) { dx[i] = 0; });
  }

 private:
  /// The whole numbers within [begin, end).
  struct Side {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  static Side side(double share, double place, std::int64_t length) {
    const double erased = std::sqrt(share) * static_cast<double>(length);
    if (!(erased > 0)) return {};
    const double begin = place * (static_cast<double>(length) - erased);
    return {std::max(static_cast<std::int64_t>(std::ceil(begin)), std::int64_t{0}),
            std::min(static_cast<std::int64_t>(std::ceil(begin + erased)), length)};
  }

  /// body(element) for every element of the image's rectangle, if it has one.
  template <typename Body>
  void for_each_erased(const ImageRandom& random, const Body& body) const {
    if (!(random.uniform(1) < random.uniform(0, options_.factor))) return;
    const Side columns = side(random.uniform(2, options_.scale), random.uniform(3), size().width);
    const Side rows = side(random.uniform(4, options_.scale), random.uniform(5), size().height);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const std::int64_t begin = row * size().row() + columns.begin * size().channels;
      const std::int64_t end = row * size().row() + columns.end * size().channels;
      for (std::int64_t i = begin; i < end; ++i) body(i);
    }
  }

  float value_at(const ImageRandom& fill, std::int64_t element) const {
    if (options_.fill_value.empty()) return fill.normal(static_cast<std::uint64_t>(element)) * high();
    const auto channel = static_cast<std::size_t>(element % size().channels);
    return static_cast<float>(options_.fill_value[options_.fill_value.size() == 1 ? 0 : channel]);
  }

  RandomErasingOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_random_erasing(const ImageLayerOptions& layer,
                                           const RandomErasingOptions& options) {
  return make_image_layer("RandomErasing", layer, true,
                          [options](const Layer& made, const ImageSize& size, bool) {
                            if (options.fill_value.size() > 1) require_rgb(made, size);
                            return std::make_unique<ErasingOperation>(size, options);
                          });
}

}  // namespace ktrain
