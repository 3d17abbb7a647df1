#include "parallel/step_trees.h"

#include <algorithm>
#include <utility>

#include "parallel/batch_plan.h"

namespace ktrain {

const TreeShares* StepTrees::of(std::int64_t samples) {
  if (shard_ == 0) return nullptr;
  const auto known = trees_.find(samples);
  if (known != trees_.end()) return &known->second;
  const BatchPlan plan(membership_, 0, samples, shard_);
  std::vector<std::int64_t> bounds{0};
  for (int rank = 0; rank < membership_.size; ++rank) bounds.push_back(plan.shards(rank).end);
  return &trees_.emplace(samples, TreeShares(std::move(bounds))).first->second;
}

Communicator::Request sum_start(Communicator& group, const TreeShares* tree, void* data, std::int64_t count,
                                std::int64_t stride, DType dtype) {
  if (tree == nullptr) return group.all_reduce_start(data, count, dtype, ReduceOp::kSum);
  return group.tree_sum_start(*tree, data, count, stride, dtype);
}

Communicator::Request start_sum_over_ranks(Communicator& group, const TreeShares* tree,
                                           std::vector<double>& rows, std::size_t count) {
  const int planes = tree == nullptr ? 1 : std::max(tree->planes(group.rank()), 1);
  rows.resize(std::max(rows.size(), static_cast<std::size_t>(planes) * count));
  const auto elements = static_cast<std::int64_t>(count);
  return sum_start(group, tree, rows.data(), elements, elements, DType::kFloat64);
}

void sum_over_ranks(Communicator& group, const TreeShares* tree, std::vector<double>& rows,
                    std::size_t count) {
  group.wait(start_sum_over_ranks(group, tree, rows, count));
}

}  // namespace ktrain
