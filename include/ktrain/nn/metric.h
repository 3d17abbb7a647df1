#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// A metric as sums over samples (keras.metrics): sums of several inputs are added element by element, over
/// batches and over workers, and the value is a function of the totals.
class Metric {
 public:
  virtual ~Metric() = default;
  /// As in Keras's logs: the name it was asked for by ("accuracy", "mse", …), without ":k".
  virtual std::string name() const = 0;
  virtual std::int64_t sum_count() const = 0;
  /// Adds this input's part to sums[0 … sum_count()).
  virtual void add(const LossInput& input, std::span<double> sums) const = 0;
  virtual double value(std::span<const double> sums) const = 0;
};

/// By Keras's class or snake-case name or alias. "accuracy" and "acc" are resolved by the shapes, as Keras
/// does: binary, categorical or sparse. The k of a top-k metric is written as "top_k_categorical_accuracy:3"
/// (5 without). Throws Error{kUsage} listing the known ones, Error{kConfiguration} naming both shapes when
/// such targets cannot go with such predictions.
std::unique_ptr<Metric> make_metric(const std::string& name, const Shape& prediction_sample,
                                    const Shape& target_sample);

}  // namespace ktrain
