#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "data/pipeline.h"
#include "data/sampler.h"
#include "ktrain/core/dtype.h"
#include "ktrain/nn/loss.h"
#include "parallel/membership.h"

namespace ktrain {

/// This rank's rows of one global batch after another, read ahead. A step is a range of positions of an
/// epoch, never of a worker: the whole batch, or what is left of the epoch; the batch plan gives each rank
/// its share.
class StepStream {
 public:
  struct Options {
    std::int64_t global_batch = 1;
    std::int64_t shard = 0;
    bool repeat = true;              ///< another epoch follows the last sample
    std::vector<DType> dtypes = {};  ///< as PipelineOptions has them
    std::int64_t noise_every = 0;    ///< NoiseOptions::every_samples
  };

  StepStream(std::shared_ptr<const Dataset> dataset, const Sampler& sampler, Membership membership,
             const Options& options);

  /// Of the batches that are planned from the next seek on.
  void set_global_batch(std::int64_t samples) { options_.global_batch = samples; }
  /// Starts reading at `position` of `epoch`; what was read ahead is dropped.
  void seek(std::int64_t epoch, std::int64_t position);
  /// This rank's rows of the next global batch, which may be none; valid until the following call. Null after
  /// the end.
  const Batch* next();

  /// Samples of the global batch that starts at `position`.
  std::int64_t batch_at(std::int64_t position) const;
  /// Whether the step there measures the gradient noise scale: it has a whole batch and a sample whose
  /// number, counted through the epochs, is a multiple of Options::noise_every.
  bool measures_noise_at(std::int64_t epoch, std::int64_t position) const;
  /// Samples of that step's shards, 0: a worker's share is one. Without shards of the run's a step that
  /// measures has some.
  std::int64_t shard_at(std::int64_t epoch, std::int64_t position) const;
  /// The samples of the latest rows, as indices into the dataset.
  std::vector<std::int64_t> latest_indices() const;
  /// The error of a target among the latest rows, with dataset and sample named.
  Error error_of(const BadTarget& target) const;
  double waited_seconds() const { return waited_seconds_; }

 private:
  std::optional<Share> plan_next();

  std::shared_ptr<const Dataset> dataset_;
  Sampler sampler_;
  Membership membership_;
  Options options_;
  std::int64_t planned_epoch_ = 0;
  std::int64_t planned_position_ = 0;
  std::optional<Pipeline> pipeline_;
  Share latest_;
  double waited_seconds_ = 0;
};

}  // namespace ktrain
