#include "nn/layers/build_checks.h"

#include "nn/refuse.h"

namespace ktrain {

const Shape& single_input(const Layer& layer, std::span<const Shape> inputs) {
  if (inputs.size() != 1) refuse(layer, "takes one input, not ", inputs.size());
  return inputs[0];
}

int sample_axis(const Layer& layer, int axis, const Shape& sample_shape) {
  const int rank = sample_shape.rank() + 1;
  const int positive = axis < 0 ? axis + rank : axis;
  if (positive == 0) refuse(layer, "axis ", axis, " is the batch");
  if (positive < 0 || positive >= rank) {
    refuse(layer, "axis ", axis, " is not one of samples of shape ", sample_shape);
  }
  return positive - 1;
}

Shape shape_of(const Layer& layer, std::span<const std::int64_t> dims) {
  if (dims.size() >= static_cast<std::size_t>(Shape::kMaxRank)) {
    refuse(layer, "has a shape of ", dims.size(), " dimensions without the batch's; at most ",
           Shape::kMaxRank - 1, " are supported");
  }
  return Shape(dims);
}

}  // namespace ktrain
