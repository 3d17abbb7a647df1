#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/metric.h"

namespace ktrain {

/// keras.metrics.IoU, BinaryIoU, MeanIoU, OneHotIoU and OneHotMeanIoU: intersection over union of some
/// classes, from the counts of (target, prediction), averaged over the classes that occur. As in Keras
/// weights count by their whole part unless the metric's dtype is a floating one.
std::unique_ptr<Metric> make_iou(const std::string& name, const MetricOptions& options,
                                 const MetricShapes& shapes);

}  // namespace ktrain
