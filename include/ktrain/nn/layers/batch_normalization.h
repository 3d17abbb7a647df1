#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// Over which samples a BatchNormalization takes its statistics in training.
enum class BatchStatistics : std::uint8_t {
  /// All of the step, on all ranks: the same as one process on the whole batch, or on one group of its
  /// samples after the other (BatchNormalizationOptions::ghost_samples).
  kGlobal,
  /// This rank's alone, as other frameworks do. The moving statistics of the ranks then differ; the trainer
  /// brings them together before they are used or saved.
  kLocal,
};

/// keras.layers.BatchNormalization for each channel of an axis. In training (and not frozen):
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the mean and the biased variance of the
/// samples (Ioffe and Szegedy, arXiv:1502.03167), and once a step moving = moving momentum + batch (1 -
/// momentum). Otherwise with the moving statistics.
///
/// Summed over ranks in float64 are, forward, the number of a channel's elements, their x and their x^2, and,
/// backward, dy and dy (x - mean) / deviation, through which the gradient of mean and variance goes.
///
/// Renormalized (Ioffe, arXiv:1702.03275), training gives y = gamma ((x - mean) / deviation r + d) + beta
/// with deviation = sqrt(variance + epsilon), r = deviation / renorm_stddev and d = (mean - renorm_mean) /
/// renorm_stddev, which no gradient flows through and which are kept within limits; once a step renorm_mean
/// and renorm_stddev move with their own momentum, moving_mean and moving_stddev with the other, and
/// moving_variance = moving_stddev^2 - epsilon.
///
/// Ghost statistics (Hoffer, Hubara and Soudry, arXiv:1705.08741): the samples at positions [g N, (g + 1) N)
/// of the step's global batch are normalized with their own mean and variance, on however many ranks they
/// are, and the gradient goes through these; the last group may be shorter. Keras has no such layer, so what
/// a step says to the moving statistics is this library's choice: the mean over the groups, weighted by
/// their samples (by the elements that count, where there is a mask), of the groups' means and of their
/// biased variances, with the momentum applied once a step. The moving variance thus estimates that of a
/// group, as it does that of a batch without groups.
struct BatchNormalizationOptions {
  int axis = -1;  ///< the batch dimension counted; not it
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  std::shared_ptr<const Initializer> beta_initializer = {};             ///< null: Zeros
  std::shared_ptr<const Initializer> gamma_initializer = {};            ///< null: Ones
  std::shared_ptr<const Initializer> moving_mean_initializer = {};      ///< null: Zeros
  std::shared_ptr<const Initializer> moving_variance_initializer = {};  ///< null: Ones
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  BatchStatistics statistics = BatchStatistics::kGlobal;
  std::int64_t ghost_samples = 0;  ///< global statistics: samples N of a group; 0: all of the step
  /// A second input, ones and zeros for all axes but the last, says which elements the statistics are taken
  /// of; all are normalized.
  bool masked = false;
  struct Renormalization {
    std::optional<double> rmin = {};
    std::optional<double> rmax = {};
    std::optional<double> dmax = {};  ///< of the magnitude
    double momentum = 0.99;
  };
  std::optional<Renormalization> renorm = {};
};

/// Variables: gamma (C), beta (C) (absent without scale, center), moving_mean (C), moving_variance (C), and
/// renormalized moving_stddev (C), renorm_mean (C), renorm_stddev (C).
/// Throws Error{kConfiguration} on a momentum outside [0, 1], a negative epsilon, and groups of samples that
/// are local or renormalized.
std::unique_ptr<Layer> make_batch_normalization(const std::string& name,
                                                const BatchNormalizationOptions& options,
                                                bool trainable = true);

}  // namespace ktrain
