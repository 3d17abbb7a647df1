#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// Where each of a sample's values finds its weight among the sample's weights, as Keras broadcasts them (a
/// trailing dimension of 1 that only one side has is added or dropped; a weight per sample goes to all
/// values).
class WeightMap {
 public:
  /// Whether weights may have the values' first dimensions alone, as metrics take them.
  enum class Prefix { kRefused, kAllowed };
  /// Throws Error{kConfiguration} that begins with `what` when the shapes do not go together.
  WeightMap(const std::string& what, const Shape& values, const Shape& weights,
            Prefix prefix = Prefix::kRefused);

  /// factors[row, value] *= weights[row, its place]
  void multiply(ConstTensorView weights, std::span<float> factors) const;
  /// Weights of a sample.
  std::int64_t weight_count() const { return weight_count_; }

 private:
  std::int64_t weight_count_ = 0;
  std::vector<std::int64_t> places_;  ///< one for each value
};

/// A loss on outputs and targets of known shapes, with targets brought to the prediction's shape and dtype.
class BoundLoss {
 public:
  /// Shapes of samples. Throws Error{kConfiguration} naming the loss and both shapes when they cannot go
  /// together.
  BoundLoss(std::unique_ptr<Loss> loss, const Shape& prediction, const Shape& target);

  const Loss& loss() const { return *loss_; }
  /// Of one sample.
  const Shape& value_shape() const { return value_shape_; }
  std::size_t values_per_sample() const { return static_cast<std::size_t>(value_shape_.elements()); }
  /// Valid until the next call.
  LossRows rows(const LossInput& input, std::span<const double> group_sums);

 private:
  std::unique_ptr<Loss> loss_;
  Shape prediction_;  ///< of a sample, aligned
  Shape target_;
  Shape value_shape_;
  std::vector<float> float_targets_;
};

class GatheredBatch;

/// A loss with its reduction (keras.losses.Loss.__call__), as a sum of parts over samples: the loss of the
/// global batch is the sum of all parts, whoever computed them. Denominators that the number of samples does
/// not give (masks, weights) are group sums, which must be added up over the workers first. Sums are float64
/// in a fixed order.
class ReducedLoss {
 public:
  /// Shapes are those of samples; absent: there are no weights, no mask.
  struct Shapes {
    Shape prediction, target;
    std::optional<Shape> weight = {}, mask = {};
    std::int64_t global_batch = 0;  ///< the most rows there can be; for losses that compare samples
  };
  ReducedLoss(const std::string& name, const LossOptions& options, const Shapes& shapes);
  ReducedLoss(ReducedLoss&&) noexcept;
  ReducedLoss& operator=(ReducedLoss&&) noexcept;
  ~ReducedLoss();

  const Loss& loss() const { return bound_.loss(); }
  /// A loss that compares samples has the whole batch in its group sums, and every worker computes all of it.
  std::size_t group_sum_count() const;
  /// Adds these rows' contributions. Throws BadTarget.
  void add_group_sums(const LossInput& input, std::span<double> sums);
  /// These rows' part of the loss of `global_rows` samples. Throws BadTarget.
  double part(const LossInput& input, std::int64_t global_rows, std::span<const double> group_sums);
  /// Overwrites `gradient` (the prediction's shape) by scale · d loss / d prediction.
  void gradient(const LossInput& input, std::int64_t global_rows, std::span<const double> group_sums,
                double scale, TensorView gradient);

 private:
  /// Fills factors_: the mask of each value.
  void fill_factors(const LossRows& rows, const LossInput& input);
  /// Fills values_, weighed.
  void fill_values(const LossRows& rows, const LossInput& input);
  /// What the weights of the rows add up to, as far as a denominator needs it.
  double weight_sum(const LossRows& rows, const LossInput& input);
  double part_of_whole(const LossInput& input, std::int64_t global_rows, std::span<const double> group_sums);
  void gradient_in_whole(const LossInput& input, std::int64_t global_rows, std::span<const double> group_sums,
                         double scale, std::span<float> gradient);
  double denominator(std::int64_t global_rows, std::span<const double> group_sums) const;

  LossReduction reduction_;
  BoundLoss bound_;
  std::optional<WeightMap> weights_, masks_;
  bool masked_ = false;
  std::size_t loss_sums_ = 0;
  bool has_weight_sum_ = false;  ///< behind the loss's own sums
  double weights_per_factor_ = 1;
  std::unique_ptr<GatheredBatch> gathered_;  ///< of a loss that compares samples
  std::vector<float> factors_;
  std::vector<float> values_;
  std::vector<float> whole_gradient_;
};

}  // namespace ktrain
