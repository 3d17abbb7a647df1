#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/summation_tree.h"
#include "ktrain/core/buffer.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// Where the gradients of a layer's variables go while they are computed shard by shard, and their sums over
/// the shards, along a tree. The sums of the subtrees that remain are the planes of the flat gradients; a
/// kernel writes straight into them where it can. A shared layer's gradients are first added up over its
/// calls, for each shard apart.
class ShardGradients {
 public:
  explicit ShardGradients(Model& model);

  /// Which of a layer's backward calls one is.
  struct Call {
    std::size_t layer = 0;
    bool first = true;
    bool last = true;
  };

  /// `order`: of this rank's shards; it must stay until the next begin. One shard may be none: a rank without
  /// rows. `squared_norms`, if given, becomes those of each shard's gradients once all layers' are there; it
  /// stays, too.
  void begin(const SummationOrder& order, std::vector<double>* squared_norms = nullptr);
  /// Points `views`, one for each of the layer's variables, at memory for what the call's kernel computes for
  /// shard `shard`; shards come in order.
  void point(const Call& call, std::size_t shard, std::vector<TensorView>& views);
  /// Takes up what was computed there.
  void take(const Call& call, std::size_t shard);
  /// For a layer that has no gradients in this step.
  void fill_with_zeros(std::size_t layer);

  /// Of the layer's trainable variables in the flat gradients; they lie side by side.
  Range range(std::size_t layer) const;

 private:
  /// Sum number `index` of those on the stack.
  float* sum(std::size_t layer, std::size_t index);
  /// What a shared layer's calls on a shard add up to.
  float* shard_sum(std::size_t layer, std::size_t shard);
  void push(std::size_t layer, std::size_t shard);

  Model& model_;
  const SummationOrder* order_ = nullptr;
  std::vector<double>* squared_norms_ = nullptr;
  std::int64_t largest_ = 0;  ///< elements of a layer
  Buffer aside_;              ///< of a call whose gradients are to be added
  Buffer stack_;              ///< sums that no plane is for
  std::size_t top_ = 0;
  std::vector<Buffer> shard_sums_;  ///< per layer; taken when first needed
};

}  // namespace ktrain
