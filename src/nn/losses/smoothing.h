#pragma once

#include "ktrain/nn/loss.h"

namespace ktrain {

/// The one axis that the options name; the last without.
inline int axis_of(const LossOptions& options) {
  return options.axis ? options.axis->front() : -1;
}

/// Moves a target distribution over classes towards the uniform one: t(1 - s) + s / classes.
class ClassSmoothing {
 public:
  /// `axis` is the loss's, counted with the batch dimension. Keras takes the length of the output's last one
  /// as the number of classes whatever that axis is; it comes before the last once the axis was moved there.
  ClassSmoothing(double smoothing, int axis) : smoothing_(smoothing), axis_(axis) {}

  struct OfTarget {
    float factor, offset;
    float operator()(float t) const { return t * factor + offset; }
  };
  OfTarget over(const LossRows& rows) const {
    if (smoothing_ == 0) return {1, 0};
    const Shape& shape = rows.prediction.shape();
    const bool moved = axis_ != -1 && axis_ != shape.rank() - 1;
    const auto classes = static_cast<double>(shape[moved ? -2 : -1]);
    return {static_cast<float>(1 - smoothing_), static_cast<float>(smoothing_ / classes)};
  }

 private:
  double smoothing_;
  int axis_;
};

}  // namespace ktrain
