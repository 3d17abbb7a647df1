#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "parallel/membership.h"

namespace ktrain {

/// The trees along which the sums of a run's steps are taken, so that they have the same bits for any number
/// of workers: the leaves are the step's shards, shared out as the batch plan does it.
class StepTrees {
 public:
  /// `shard` 0: there are none, and sums are taken in rank order.
  StepTrees(Membership membership, std::int64_t shard) : membership_(membership), shard_(shard) {}

  /// That of steps of `samples` samples; it stays. Null where there are none.
  const TreeShares* of(std::int64_t samples);

 private:
  Membership membership_;
  std::int64_t shard_;
  std::map<std::int64_t, TreeShares> trees_;
};

/// Starts a sum over all ranks, along `tree` or, without one, in rank order; Communicator::tree_sum_start,
/// Communicator::all_reduce_start.
Communicator::Request sum_start(Communicator& group, const TreeShares* tree, void* data, std::int64_t count,
                                std::int64_t stride, DType dtype);
/// Starts a sum over all ranks of rows of `count` numbers, as many as this rank has planes in `tree` (one
/// without), which the first row becomes. Rows that are not there are zeros; `rows` gets room for them.
Communicator::Request start_sum_over_ranks(Communicator& group, const TreeShares* tree,
                                           std::vector<double>& rows, std::size_t count);
void sum_over_ranks(Communicator& group, const TreeShares* tree, std::vector<double>& rows,
                    std::size_t count);

}  // namespace ktrain
