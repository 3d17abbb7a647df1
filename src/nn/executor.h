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

namespace ktrain {

class PreparedModel;

/// What an executor needs from outside while it runs.
struct ExecutorHooks {
  /// Replaces the values by their sums over all ranks of the group; called by every rank alike.
  std::function<void(std::span<double>)> group_sum = [](std::span<double>) {};
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

  /// `inputs`: one per model input, each (rows, sample…) float32, which stay until backward is done. The rows
  /// are cut into shards of `shard_rows` (the last may be shorter); 0: one shard. `step.first_position` is
  /// row 0's.
  void forward(const StepContext& step, std::int64_t rows, std::int64_t shard_rows,
               std::span<const ConstTensorView> inputs);
  /// Output `index` of the latest forward: (rows, sample…).
  ConstTensorView output(std::size_t index) const;
  /// Its mask, ones and zeros; empty where the model has none for it.
  ConstTensorView output_mask(std::size_t index) const;

  /// Its logits where the model keeps them apart; else empty.
  ConstTensorView logits(std::size_t index) const;

  /// The penalties of activations of the latest forward: this rank's part of a sum over all ranks, to be
  /// divided by all their rows.
  double activity_penalty() const;

  /// After a forward in training: where d loss / d output `index` (d logits where there are such) is to be
  /// put before backward. Empty when no variable to train lies before it.
  TensorView output_gradient(std::size_t index) const;
  /// After backward: d loss / d input `index`; empty when the loss does not depend on it.
  ConstTensorView input_gradient(std::size_t index) const;
  /// Fills the flat gradients with this rank's part of the sums over samples.
  void backward();
  /// Lets layers update what changes once a step.
  void end_step();

 private:
  PreparedModel& prepare(std::int64_t rows, std::int64_t shard_rows, bool training);
  void begin_step();
  void run_forward(std::size_t call);
  void run_backward(std::size_t call);
  void pass_gradient(std::size_t call);
  /// Of the layer's trainable variables; they lie side by side.
  Range gradient_range(std::size_t layer) const;
  void point_parameter_gradients(std::size_t layer, std::vector<TensorView>& views, bool aside);
  void add_parameter_gradients(std::size_t layer);
  void zero_gradients(std::size_t layer);
  void announce(std::size_t layer);

  Model& model_;
  ExecutorHooks hooks_;
  bool input_gradients_;
  Buffer arena_;
  Buffer parameter_scratch_;  ///< one layer's gradients, where they are to be added
  std::map<std::tuple<std::int64_t, std::int64_t, bool>, std::unique_ptr<PreparedModel>> prepared_;
  PreparedModel* current_ = nullptr;
  StepContext step_;
};

}  // namespace ktrain
