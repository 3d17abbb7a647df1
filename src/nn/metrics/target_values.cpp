#include "nn/metrics/target_values.h"

#include "core/text.h"
#include "nn/losses/alignment.h"

namespace ktrain {

Shape aligned_shape(const std::string& metric, const MetricShapes& shapes) {
  const auto shape = aligned(shapes.prediction, shapes.target);
  if (!shape) refuse_shapes("metric " + metric, shapes.prediction, shapes.target);
  return *shape;
}

void require_rows(const std::string& metric, const MetricShapes& shapes) {
  if (shapes.prediction.rank() == 1 && shapes.prediction == shapes.target) return;
  refuse_shapes(text("metric ", metric, ", which takes (batch, size)"), shapes.prediction, shapes.target);
}

std::span<const float> TargetValues::of(const ConstTensorView& target) {
  if (target.dtype() == DType::kFloat32) return target.span<float>();
  values_.resize(static_cast<std::size_t>(target.elements()));
  copy_as_float(target, values_);
  return values_;
}

}  // namespace ktrain
