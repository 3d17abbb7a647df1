#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "ktrain/core/buffer.h"
#include "ktrain/nn/model.h"
#include "nn/prepared_model.h"
#include "nn/shard_gradients.h"

namespace ktrain {

/// What an executor needs from outside while it runs.
struct ExecutorHooks {
  /// Replaces the first `count` numbers by their sums over all ranks of the group; called by every rank
  /// alike. There is a row of `count` for each subtree that this rank has of the tree along which sums are
  /// taken.
  std::function<void(std::vector<double>& rows, std::size_t count)> group_sum = [](std::vector<double>&,
                                                                                   std::size_t) {};
  /// Elements of the flat gradients that will not change any more in this step.
  std::function<void(Range)> gradients_final = [](Range) {};
  /// Called between layers.
  std::function<void()> progress = [] {};
};

/// Runs a model on this rank's rows, layer by layer over all its shards: layer k on every shard, then layer
/// k+1, so that a layer may need sums over the whole group. Everything is prepared once per number of rows;
/// activations and gradients lie in one arena. A rank without rows takes part in every sum with zeros.
class Executor {
 public:
  /// With `input_gradients`, backward also gives d loss / d input.
  explicit Executor(Model& model, ExecutorHooks hooks = {}, bool input_gradients = false);
  ~Executor();

  /// `inputs`: one per model input, each (rows, sample…) float32, which stay until backward is done.
  /// `step.first_position` is row 0's.
  void forward(const StepContext& step, std::int64_t rows, const ShardCut& cut,
               std::span<const ConstTensorView> inputs);
  /// Of the latest forward: the rows of each shard, and how sums over them are taken.
  std::span<const Range> shards() const { return current_->shards(); }
  const SummationOrder& summation() const { return current_->summation(); }
  /// Output `index` of the latest forward: (rows, sample…).
  ConstTensorView output(std::size_t index) const;
  /// Its mask, ones and zeros; empty where the model has none for it.
  ConstTensorView output_mask(std::size_t index) const;

  /// Its logits where the model keeps them apart; else empty.
  ConstTensorView logits(std::size_t index) const;

  /// The penalties of activations of the latest forward on a shard: part of a sum over all ranks, to be
  /// divided by all their rows.
  double activity_penalty(std::size_t shard) const;

  /// After a forward in training: where d loss / d output `index` (d logits where there are such) is to be
  /// put before backward. Empty when no variable to train lies before it.
  TensorView output_gradient(std::size_t index) const;
  /// After backward: d loss / d input `index`; empty when the loss does not depend on it.
  ConstTensorView input_gradient(std::size_t index) const;
  /// Fills the flat gradients with this rank's part of the sums over samples: a plane for each subtree that
  /// remains in summation(); zeros where there are no rows. `squared_norms` becomes those of each shard's
  /// part.
  void backward(std::vector<double>* squared_norms = nullptr);
  /// Lets layers update what changes once a step.
  void end_step();

 private:
  PreparedModel& prepare(std::int64_t rows, const ShardCut& cut, bool training);
  void begin_step();
  /// What the shards contribute, over the whole group.
  template <typename Contribute>
  void sum_over_shards(std::vector<double>& sums, std::int64_t count, const Contribute& contribute);
  void run_forward(std::size_t call);
  void run_backward(std::size_t call);
  void pass_gradient(std::size_t call);
  void announce(std::size_t layer);

  Model& model_;
  ExecutorHooks hooks_;
  bool input_gradients_;
  Buffer arena_;
  ShardGradients gradients_;
  /// By rows, members of the cut, and whether it is for training.
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool>,
           std::unique_ptr<PreparedModel>>
      prepared_;
  PreparedModel* current_ = nullptr;
  StepContext step_;
};

}  // namespace ktrain
