#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/metric.h"

namespace ktrain {

/// keras.metrics.F1Score and FBetaScore: (1 + b²) P R / (b² P + R) of precision and recall of each class; a
/// value for each class when they are not averaged.
std::unique_ptr<Metric> make_f_score(const std::string& name, const MetricOptions& options,
                                     const MetricShapes& shapes);

/// keras.metrics.R2Score: 1 - (sum of squared errors) / (sum of squared distances from the mean) of each
/// column.
std::unique_ptr<Metric> make_r2_score(const MetricOptions& options, const MetricShapes& shapes);

}  // namespace ktrain
