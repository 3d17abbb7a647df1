#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/core/error.h"
#include "ktrain/nn/loss_options.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// Rows of one model output with what it is compared to. Predictions are float32 (N, …); targets of any
/// dtype, (N, …), where a trailing dimension of 1 may be there or not; sample weights float32, empty, (N,) or
/// one for each loss element, i.e. each value that is left when the last axis is reduced.
struct LossInput {
  ConstTensorView prediction;
  ConstTensorView target;
  ConstTensorView sample_weight;
};

/// A target that no prediction can be compared to, e.g. a class index out of range. The caller knows which
/// sample the row is.
class BadTarget : public Error {
 public:
  BadTarget(std::int64_t row, const std::string& reason)
      : Error(ExitCode::kData, "row " + std::to_string(row) + ": " + reason), row_(row), reason_(reason) {}
  /// Of the LossInput, from 0.
  std::int64_t row() const { return row_; }
  /// What is wrong, without the row: "class 12 is outside [0, 10)".
  const std::string& reason() const { return reason_; }

 private:
  std::int64_t row_;
  std::string reason_;
};

/// A loss term as numerator over denominator, both sums over samples: the loss of the global batch is the sum
/// of all numerators over the sum of all denominators, whoever computed them (keras.losses, reduction
/// sum_over_batch_size: sample weights multiply in the numerator only). Sums are float64 in a fixed order.
class Loss {
 public:
  virtual ~Loss() = default;
  /// Keras's name: "sparse_categorical_crossentropy".
  virtual std::string name() const = 0;
  /// Loss elements of one sample; rows have the denominator rows · elements_per_sample. Throws
  /// Error{kConfiguration} naming both shapes when such targets cannot go with such predictions.
  virtual std::int64_t elements_per_sample(const Shape& prediction_sample,
                                           const Shape& target_sample) const = 0;
  /// This input's part of the numerator. Throws BadTarget.
  virtual double numerator(const LossInput& input) const = 0;
  /// Overwrites `gradient` (the prediction's shape) with scale · d numerator / d prediction. Throws
  /// BadTarget.
  virtual void gradient(const LossInput& input, float scale, TensorView gradient) const = 0;
};

/// By Keras's function or class name or alias ("mse", "SparseCategoricalCrossentropy", …). Throws
/// Error{kUsage} listing the known ones, Error{kConfiguration} for an option out of its range or one that the
/// loss does not have.
std::unique_ptr<Loss> make_loss(const std::string& name, const LossOptions& options = {});

}  // namespace ktrain
