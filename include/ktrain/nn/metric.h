#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ktrain/nn/loss.h"
#include "ktrain/nn/metric_options.h"

namespace ktrain {

/// A metric as sums over samples (keras.metrics): sums of several inputs are added element by element, over
/// batches and over workers, and the values are functions of the totals.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::int64_t sum_count() const = 0;
  /// Numbers that `add` depends on and that are sums over the global batch.
  virtual std::int64_t group_sum_count() const { return 0; }
  virtual void add_group_sums(const LossInput&, std::span<double>) {}
  /// Adds this input's part to sums[0 … sum_count()). Throws BadTarget.
  virtual void add(const LossInput& input, std::span<const double> group_sums, std::span<double> sums) = 0;
  /// Several where Keras's result is an array.
  virtual std::int64_t value_count() const { return 1; }
  virtual double value(std::span<const double> sums, std::int64_t index = 0) const = 0;
};

/// Shapes of samples; absent where there are no weights, no mask.
struct MetricShapes {
  Shape prediction, target;
  std::optional<Shape> weight = {}, mask = {};
};

/// "accuracy" and "acc" are resolved by the shapes, as Keras does: binary, categorical or sparse. A loss's
/// name is its mean. Throws Error{kUsage} listing the known ones, Error{kConfiguration} naming both shapes
/// when such targets cannot go with such predictions, and for arguments that the metric does not have.
std::unique_ptr<Metric> make_metric(const MetricSpec& spec, const MetricShapes& shapes);

/// Keras's snake case of a metric's name without an alias: "AUC" -> "auc", "MeanIoU" -> "mean_io_u".
std::string canonical_metric_name(const std::string& name);

/// Whether a larger value is better (Keras's _direction); nothing where Keras does not say. By canonical
/// name.
std::optional<bool> larger_is_better(const std::string& canonical_name);

}  // namespace ktrain
