#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "ktrain/train/trainer.h"
#include "nn/executor.h"
#include "parallel/gradient_reducer.h"
#include "parallel/step_trees.h"
#include "train/batch_binding.h"
#include "train/noise_meter.h"
#include "train/sample_order.h"
#include "train/shard_sums.h"
#include "train/step_stream.h"

namespace ktrain {

/// Private to trainer.cpp, which has the step, and trainer_state.cpp.
struct Trainer::Impl {
  Impl(Communicator& group, Model& model, Optimizer& optimizer, std::shared_ptr<const Dataset> dataset,
       const TrainerOptions& options);

  /// The tree of this step's sums.
  const TreeShares* tree() { return trees.of(stream.batch_at(position.position)); }
  const Batch& next_batch();
  StepContext context(const Batch& batch, std::int64_t global_rows) const;
  double schedule_iteration() const;
  void add_group_sums(const Batch& batch);
  void add_sums(const Batch& batch, std::int64_t global_rows);
  bool sums_are_finite(std::int64_t rows) const;
  /// Takes memory for the gradients of whole batches and of an epoch's last.
  void place_gradients();
  /// Of a row of step_sums: without the penalties of variables.
  double loss_of(std::span<const double> sums, std::int64_t rows) const;
  void require_no_failure();
  void finish_step(std::int64_t global_rows, double loss, double gradient_norm);

  Model& model;
  Optimizer& optimizer;
  std::shared_ptr<const Dataset> dataset;
  std::int64_t dataset_size;
  TrainerOptions options;
  Objective objective;
  BatchBinding binding;
  std::unique_ptr<Communicator> buckets;  ///< carries gradients only
  std::unique_ptr<Communicator> control;  ///< carries everything else of a step
  SampleOrder order;
  StepStream stream;
  StepTrees trees;
  GradientReducer reducer;
  Executor executor;
  ShardSums shard_sums;
  NoiseMeter noise;

  std::int64_t state_batch;  ///< global batch of the latest step, or of a loaded state
  TrainingPosition position;
  bool in_step = false;  ///< begun and not finished: true between steps when the one before failed
  bool epoch_ended = false;
  bool own_loss_finite = true;
  std::atomic<bool> stop = false;
  Batch no_rows;               ///< of a rank that cannot read its own
  std::exception_ptr failure;  ///< why this rank cannot do its part of the step
  double exchange_seconds = 0;

  std::vector<LossInput> loss_inputs;      ///< one per output, of the batch under way
  std::vector<double> group_sums;          ///< the objective's, over all ranks
  std::vector<double> step_sums;           ///< rows of the objective's and the penalties of activations
  std::array<double, 2> rank_counts = {};  ///< how many failed, how many were told to stop
  std::vector<double> epoch_sums;          ///< the objective's
  double schedule_begin = 0;               ///< steps of the base batch before this run
  double epoch_loss = 0;                   ///< sum of loss times samples
  StepStatistics statistics;               ///< of the latest step
  EpochStatistics epoch_statistics;        ///< as last asked for
};

}  // namespace ktrain
