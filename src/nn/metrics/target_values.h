#pragma once

#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/metric.h"

namespace ktrain {

/// The sample shape that predictions and targets share. Throws Error{kConfiguration} naming both without one.
Shape aligned_shape(const std::string& metric, const MetricShapes& shapes);
/// Throws unless samples of predictions and targets have one dimension.
void require_rows(const std::string& metric, const MetricShapes& shapes);

/// Targets as float32, whatever their dtype.
class TargetValues {
 public:
  /// Valid until the next call.
  std::span<const float> of(const ConstTensorView& target);

 private:
  std::vector<float> values_;
};

}  // namespace ktrain
