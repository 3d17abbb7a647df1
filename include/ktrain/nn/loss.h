#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ktrain/core/error.h"
#include "ktrain/nn/loss_options.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// Rows of one model output with what it is compared to. Predictions are float32 (N, …); targets of any
/// dtype, (N, …), where a trailing dimension of 1 may be there or not; sample weights float32, empty, (N,) or
/// of more dimensions, which go with the loss's values as Keras broadcasts them; the mask is empty or ones
/// and zeros of the output's shape without its last dimension.
struct LossInput {
  ConstTensorView prediction;
  ConstTensorView target;
  ConstTensorView sample_weight;
  ConstTensorView mask = {};
  /// What the activation that gives the prediction is computed from, for losses that take that; else empty.
  ConstTensorView logits = {};
  std::int64_t first_row = 0;  ///< of these in the global batch
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

/// Rows as a loss takes them.
struct LossRows {
  ConstTensorView prediction;          ///< float32 (rows, …)
  ConstTensorView target;              ///< float32 of the same shape, or classes of any dtype
  std::span<const double> group_sums;  ///< Loss::add_group_sums over the whole global batch

  std::int64_t count() const { return prediction.shape()[0]; }
};

/// A function of predictions and targets with values for each sample (keras.losses, before its reduction).
class Loss {
 public:
  virtual ~Loss() = default;
  /// Keras's name: "sparse_categorical_crossentropy".
  virtual std::string name() const = 0;
  /// True when targets are class indices, which keep their dtype; they have the prediction's shape
  /// without its last dimension.
  virtual bool takes_classes() const { return false; }
  /// Throws Error{kConfiguration} naming both shapes unless such classes go with such predictions.
  virtual void require_targets(const Shape& prediction_sample, const Shape& target_sample) const;
  /// The shape of one sample's values: that of its prediction without the last dimension, mostly.
  virtual Shape value_shape(const Shape& prediction_sample) const;
  /// True when there is one value for the whole global batch, which every sample has.
  virtual bool couples_samples() const { return false; }
  /// True when a sample's value depends on the others: rows must then be the whole global batch.
  virtual bool compares_samples() const { return false; }

  /// Numbers that the values depend on and that are sums over the global batch.
  virtual std::int64_t group_sum_count() const { return 0; }
  virtual void add_group_sums(const LossRows&, std::span<double>) const {}

  /// Throws BadTarget.
  virtual void check(const LossRows&) const {}
  virtual void values(const LossRows& rows, std::span<float> values) const = 0;
  /// Overwrites `gradient` by the sum over values of factor · d value / d prediction. For a loss that couples
  /// samples each row's factor is that of the common value.
  virtual void gradient(const LossRows& rows, std::span<const float> factors,
                        std::span<float> gradient) const = 0;

  /// A mask of the loss's own, ones and zeros for the values (ignore_class).
  virtual bool has_mask() const { return false; }
  virtual void mask(const LossRows&, std::span<float>) const {}
};

/// By Keras's function or class name or alias ("mse", "SparseCategoricalCrossentropy", …). Throws
/// Error{kUsage} listing the known ones, Error{kConfiguration} for an option out of its range or one that the
/// loss does not have, and for losses that are known and not supported.
std::unique_ptr<Loss> make_loss(const std::string& name, const LossOptions& options = {});

}  // namespace ktrain
