#include "train/shard_sums.h"

#include <algorithm>

#include "core/summation_tree.h"

namespace ktrain {
namespace {

LossInput rows_of(const LossInput& input, Range rows) {
  const auto cut = [&](const ConstTensorView& tensor) {
    return tensor.empty() ? tensor : tensor.rows(rows.begin, rows.end);
  };
  return {cut(input.prediction), cut(input.target), cut(input.sample_weight),
          cut(input.mask),       cut(input.logits), input.first_row + rows.begin};
}

}  // namespace

template <typename Add>
void ShardSums::add_shards(std::span<const LossInput> inputs, std::size_t count, std::vector<double>& rows,
                           const Add& add) {
  of_shard_.resize(inputs.size());
  add_up(executor_.summation(), count, rows, [&](std::size_t shard, std::span<double> row) {
    const Range range = executor_.shards()[shard];
    std::ranges::transform(inputs, of_shard_.begin(),
                           [&](const LossInput& input) { return rows_of(input, range); });
    try {
      add(shard, row);
    } catch (const BadTarget& target) {
      throw BadTarget(range.begin + target.row(), target.reason());
    }
  });
}

void ShardSums::add_group_sums(std::span<const LossInput> inputs, std::vector<double>& rows) {
  add_shards(inputs, objective_.group_sum_count(), rows,
             [&](std::size_t, std::span<double> row) { objective_.add_group_sums(of_shard_, row); });
}

void ShardSums::add(std::span<const LossInput> inputs, std::int64_t global_rows,
                    std::span<const double> group_sums, std::vector<double>& rows) {
  add_shards(inputs, count(), rows, [&](std::size_t shard, std::span<double> row) {
    objective_.add(of_shard_, global_rows, group_sums, row.first(objective_.sum_count()));
    row.back() = executor_.activity_penalty(shard);
  });
}

}  // namespace ktrain
