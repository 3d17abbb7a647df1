#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// Over what moving statistics are estimated anew.
struct RecalibrationOptions {
  std::int64_t global_batch = 256;
  /// Batches to average over, one epoch after another; absent: the dataset once, and of a large one the first
  /// kMostBatches.
  std::optional<std::int64_t> batches = {};
  bool shuffle =
      true;  ///< the order of samples is an epoch's of training, from epoch 0 on; else the dataset's
  std::uint64_t seed = 0;     ///< of that order
  std::int64_t shard = 0;     ///< samples computed at a time; 0: a worker's share
  bool reproducible = false;  ///< in shards: the same bits for any number of workers

  static constexpr std::int64_t kMostBatches = 200;
};

/// What was done.
struct Recalibration {
  std::int64_t layers = 0;
  std::int64_t batches = 0;
  std::int64_t samples = 0;
};

/// Estimates the moving mean and variance of every BatchNormalization that is trainable anew, by plain
/// averages (PreciseBN; Wu and Johnson, arXiv:2105.07576, section 3): the model runs on batch after batch
/// with all weights as they are, BatchNormalization as in training over the whole global batch (whatever
/// BatchNormalizationOptions say of groups and shares), every other layer, and a frozen BatchNormalization,
/// as in inference. moving_mean becomes the mean of the batches' means and moving_variance that of their
/// biased variances, both weighted by the batches' samples: what Keras's moving averages estimate. A
/// renormalized layer's moving_stddev and renorm_stddev become the mean of the batches' deviations, its
/// renorm_mean the moving_mean, and moving_variance follows from moving_stddev. No other variable changes.
///
/// Equal on all ranks, and up to rounding for any number of them. Collective. Throws what
/// require_moving_statistics throws, and Error when dataset and model do not fit each other.
Recalibration recalibrate(Communicator& communicator, Model& model,
                          const std::shared_ptr<const Dataset>& dataset, const RecalibrationOptions& options);

/// Throws Error{kConfiguration} when the model has no BatchNormalization that is trainable.
void require_moving_statistics(const Model& model);

}  // namespace ktrain
