#include "nn/layers/spatial_input.h"

#include <algorithm>

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {

const Shape& spatial_input(const Layer& layer, std::span<const Shape> inputs, std::size_t axes) {
  static constexpr const char* kSamples[] = {"sequences of shape (steps, C)", "images of shape (H, W, C)",
                                             "volumes of shape (D, H, W, C)"};
  const Shape& input = single_input(layer, inputs);
  if (input.rank() != static_cast<int>(axes) + 1)
    refuse(layer, "takes ", kSamples[axes - 1], ", not ", input);
  return input;
}

std::span<const std::int64_t> space(const Shape& sample) {
  return sample.dims().first(static_cast<std::size_t>(sample.rank() - 1));
}

Shape spatial_sample(const Shape& sample, std::span<const std::int64_t> sizes, std::int64_t channels) {
  Shape result = sample;
  for (int axis = 0; axis < sample.rank() - 1; ++axis) {
    result[axis] = sizes[sizes.size() - static_cast<std::size_t>(sample.rank() - 1 - axis)];
  }
  result[-1] = channels;
  return result;
}

void require_at_least(const Layer& layer, const char* what, std::int64_t least,
                      std::span<const std::int64_t> values) {
  if (std::ranges::min(values) >= least) return;
  refuse(layer, what, " must be at least ", least, ", not ", Shape(values));
}

}  // namespace ktrain
