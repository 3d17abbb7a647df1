#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/layers/batch_normalization.h"

namespace ktrain {

/// Mean and biased variance of each channel of a group from its forward sums: (counts (C), sums of x (C),
/// sums of x^2 (C)), where a mask leaves elements out, else with one count for all channels.
class Moments {
 public:
  Moments(std::span<const double> sums, bool masked)
      : sums_(sums), channels_(masked ? sums.size() / 3 : (sums.size() - 1) / 2), masked_(masked) {}
  /// What sums are divided by; Keras adds its epsilon to what masks leave.
  double count(std::size_t c) const { return masked_ ? sums_[c] + kEpsilon : sums_[0]; }
  double mean(std::size_t c) const { return sum(c) / count(c); }
  double variance(std::size_t c) const {
    const double m = mean(c), squares = sums_[sums_.size() - channels_ + c];
    if (!masked_) return std::max(squares / count(c) - m * m, 0.0);
    const double about = squares - 2 * m * sum(c) + m * m * sums_[c];
    return std::max(about / count(c), 0.0);
  }

 private:
  static constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()
  double sum(std::size_t c) const { return sums_[sums_.size() - 2 * channels_ + c]; }

  std::span<const double> sums_;
  std::size_t channels_;
  bool masked_;
};

/// The forward sums of one kernel's rows, where they do not travel. Kernels write them, the layer takes them.
struct LocalSums {
  std::uint32_t call = 0;
  bool fresh = false;
  std::vector<double> sums;
};

class BatchNormalization final : public Layer {
 public:
  BatchNormalization(const std::string& name, const BatchNormalizationOptions& options, bool trainable);

  std::vector<Shape> build(std::span<const Shape> inputs) override;
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override;
  std::int64_t forward_sum_count(const StepContext& step) const override {
    return sums_travel(step) ? group_count(step) * sum_count() : 0;
  }
  std::int64_t backward_sum_count(const StepContext& step) const override {
    return sums_travel(step) ? group_count(step) * 2 * channels_ : 0;
  }
  bool has_local_statistics() const override { return is_local() && trainable(); }
  std::vector<double*> statistics_momenta() override { return {&options_.momentum}; }
  bool has_moving_statistics() const override { return trainable(); }
  void end_step(const StepContext& step, std::span<const double> forward_group_sums) override;
  void end_recalibration() override;

  bool uses_batch_statistics(const StepContext& step) const {
    return (step.training || step.recalibration) && trainable();
  }
  /// Samples of a group of the step's global batch; 0: one group has them all.
  std::int64_t group_samples(const StepContext& step) const {
    return !step.recalibration && options_.ghost_samples < step.global_rows ? options_.ghost_samples : 0;
  }
  /// The most groups that so many rows can be of.
  std::int64_t most_groups_of(std::int64_t rows) const {
    const std::int64_t samples = options_.ghost_samples;
    return samples == 0 ? 1 : std::min(rows, rows / samples + 2);
  }
  /// Forward sums of a group.
  std::int64_t sum_count() const { return (is_masked() ? channels_ : 1) + 2 * channels_; }
  /// Of row `group` of a table of forward sums, a row for each group.
  Moments moments_of(std::span<const double> table, std::size_t group) const {
    const auto columns = static_cast<std::size_t>(sum_count());
    return {table.subspan(group * columns, columns), is_masked()};
  }
  bool is_masked() const { return options_.masked; }
  double gamma(std::size_t c) const { return options_.scale ? double{variable(0)[c]} : 1; }
  double beta(std::size_t c) const { return options_.center ? double{variable(beta_index())[c]} : 0; }
  double moving_mean(std::size_t c) const { return variable(moving_mean_index())[c]; }
  double moving_variance(std::size_t c) const { return variable(moving_mean_index() + 1)[c]; }
  double inverse_deviation(double variance) const { return 1 / std::sqrt(variance + options_.epsilon); }

  /// r and d of a channel, 1 and 0 where nothing is renormalized.
  struct Correction {
    double r = 1;
    double d = 0;
  };
  Correction correction(std::size_t c, double mean, double variance) const;

  /// Those of the variables' gradients that are beta's and gamma's; empty where there is none.
  TensorView gamma_gradient(std::span<const TensorView> gradients) const {
    return options_.scale ? gradients[0] : TensorView();
  }
  TensorView beta_gradient(std::span<const TensorView> gradients) const {
    return options_.center ? gradients[beta_index()] : TensorView();
  }

 private:
  std::int64_t group_count(const StepContext& step) const {
    const std::int64_t samples = group_samples(step);
    return samples == 0 ? 1 : (step.global_rows + samples - 1) / samples;
  }
  bool is_local() const { return options_.statistics == BatchStatistics::kLocal; }
  bool sums_travel(const StepContext& step) const {
    return uses_batch_statistics(step) && (step.recalibration || !is_local());
  }
  std::size_t beta_index() const { return options_.scale ? 1 : 0; }
  std::size_t moving_mean_index() const { return beta_index() + (options_.center ? 1 : 0); }
  std::span<float> variable(std::size_t index) const { return parameters()[index].span<float>(); }
  void require_mask(std::span<const Shape> inputs) const;
  /// What a step says of a channel: the means over the groups, weighted by what each has counted.
  struct StepMoments {
    double mean = 0;
    double variance = 0;
  };
  StepMoments merge(std::span<const double> table, std::size_t c) const;
  void update_moving_statistics(std::span<const double> table);
  void update_renormalization(std::size_t c, const StepMoments& batch);
  void gather(std::span<const double> table, std::int64_t rows);
  /// Into total_; false when no rows of this rank ran.
  bool take_local_sums();

  BatchNormalizationOptions options_;
  std::int64_t channels_ = 0;
  std::vector<std::shared_ptr<LocalSums>> local_;  ///< of all kernels, in the order they were made
  std::vector<double> total_;
  /// Of a recalibration: sums over its steps of means, variances and deviations, each times the step's rows.
  std::vector<double> gathered_;
  double gathered_rows_ = 0;
};

/// What a kernel works on: samples of `elements` elements, channels last. With a mask (the second input)
/// `mask_places` says which of a sample's mask each element of a sample has.
struct BatchNormalizationArrays {
  std::int64_t rows = 0;
  std::int64_t elements = 0;
  std::int64_t channels = 0;
  std::vector<std::int64_t> mask_places = {};
};
/// `local` is null where the sums travel.
std::unique_ptr<LayerKernel> make_batch_normalization_kernel(const BatchNormalization& layer,
                                                             BatchNormalizationArrays arrays,
                                                             std::shared_ptr<LocalSums> local);

}  // namespace ktrain
