#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/summation_tree.h"
#include "ktrain/nn/model.h"
#include "nn/execution_plan.h"

namespace ktrain {

/// How rows are cut into shards: of `size` rows, the last may be shorter; 0: one shard. Sums over the shards
/// are taken along a tree of `leaves` leaves, of which the first shard is number `first`; 0: of these alone.
struct ShardCut {
  std::int64_t size = 0;
  std::int64_t first = 0;
  std::int64_t leaves = 0;
};

/// A model's kernels for a fixed number of rows, with every argument of their calls ready.
class PreparedModel {
 public:
  /// One call on one shard.
  struct Shard {
    Range rows;  ///< of the share
    std::unique_ptr<LayerKernel> kernel;
    StepContext step;
    std::vector<ConstTensorView> inputs;
    std::vector<TensorView> outputs;
    std::vector<ConstTensorView> const_outputs;
    std::vector<ConstTensorView> output_gradients;
    std::vector<TensorView> input_gradients;
    std::vector<TensorView> parameter_gradients;
  };
  struct PreparedCall {
    std::vector<Shard> shards;
    std::vector<double> forward_sums;
    std::vector<double> backward_sums;
  };

  PreparedModel(const Model& model, std::int64_t rows, const ShardCut& cut, Gradients gradients);

  std::int64_t rows() const { return rows_; }
  /// The rows of each shard, and how sums over them are taken.
  std::span<const Range> shards() const { return shards_; }
  const SummationOrder& summation() const { return summation_; }
  const ExecutionPlan& plan() const { return plan_; }
  PreparedCall& call(std::size_t index) { return calls_[index]; }

  /// Points every argument at the arena and the inputs; costs nothing when neither has moved.
  void bind(std::byte* arena, std::span<const ConstTensorView> inputs);

  ConstTensorView value(int tensor) const;
  /// Empty for a tensor without gradient.
  TensorView gradient(int tensor) const;
  /// The memory where input `k` of `call` computes a gradient that is to be added; the whole share.
  TensorView scratch(std::size_t call, std::size_t k) const;

 private:
  void bind_call(std::size_t index);
  TensorView at(std::int64_t offset, int tensor) const;

  const Model& model_;
  std::int64_t rows_;
  std::vector<Range> shards_;
  SummationOrder summation_;
  ExecutionPlan plan_;
  std::vector<PreparedCall> calls_;
  std::byte* arena_ = nullptr;
  std::vector<ConstTensorView> inputs_;
};

}  // namespace ktrain
