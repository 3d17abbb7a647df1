#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/train/objective.h"
#include "nn/executor.h"

namespace ktrain {

/// What an objective says of the rows of an executor's latest forward: shard by shard, added up along the
/// executor's tree. Each result is a row for each subtree that remains; without rows there is one of zeros.
/// Throws BadTarget.
class ShardSums {
 public:
  /// Both outlive it.
  ShardSums(Objective& objective, const Executor& executor) : objective_(objective), executor_(executor) {}

  /// `inputs`, one for each output, are the rows.
  void add_group_sums(std::span<const LossInput> inputs, std::vector<double>& rows);
  /// Rows of count(): the objective's sums, then the penalties of activations.
  void add(std::span<const LossInput> inputs, std::int64_t global_rows, std::span<const double> group_sums,
           std::vector<double>& rows);
  std::size_t count() const { return objective_.sum_count() + 1; }

 private:
  template <typename Add>
  void add_shards(std::span<const LossInput> inputs, std::size_t count, std::vector<double>& rows,
                  const Add& add);

  Objective& objective_;
  const Executor& executor_;
  std::vector<LossInput> of_shard_;
};

}  // namespace ktrain
