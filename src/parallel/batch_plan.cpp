#include "parallel/batch_plan.h"

#include <algorithm>

#include "core/check.h"

namespace ktrain {

Range even_part(std::int64_t count, std::int64_t parts, std::int64_t part) {
  const std::int64_t least = count / parts, larger = count % parts;
  const auto begin = [&](std::int64_t index) { return index * least + std::min(index, larger); };
  return {begin(part), begin(part + 1)};
}

BatchPlan::BatchPlan(Membership membership, std::int64_t first_position, std::int64_t count,
                     std::int64_t shard_size)
    : membership_(membership), positions_{first_position, first_position + count}, shard_size_(shard_size) {
  KTRAIN_CHECK(0 <= membership.rank && membership.rank < membership.size, "rank ", membership.rank, " of ",
               membership.size);
  KTRAIN_CHECK(count >= 0 && shard_size >= 0, count, " samples in shards of ", shard_size);
}

std::int64_t BatchPlan::shard_count() const {
  if (shard_size_ == 0) return std::min<std::int64_t>(positions_.size(), membership_.size);
  return (positions_.size() + shard_size_ - 1) / shard_size_;
}

Range BatchPlan::shards(int rank) const {
  return even_part(shard_count(), membership_.size, rank);
}

Range BatchPlan::shard(std::int64_t index) const {
  KTRAIN_CHECK(0 <= index && index < shard_count(), "shard ", index, " of ", shard_count());
  const Range within =
      shard_size_ == 0 ? even_part(positions_.size(), membership_.size, index)
                       : Range{index * shard_size_, std::min((index + 1) * shard_size_, positions_.size())};
  return {positions_.begin + within.begin, positions_.begin + within.end};
}

Range BatchPlan::share(int rank) const {
  const Range mine = shards(rank);
  if (mine.size() == 0) return {positions_.end, positions_.end};
  return {shard(mine.begin).begin, shard(mine.end - 1).end};
}

}  // namespace ktrain
