#pragma once

#include <cstdint>

#include "ktrain/tensor/parameter.h"
#include "parallel/membership.h"

namespace ktrain {

/// Which worker computes which samples of one step. The step's samples, consecutive positions of the epoch,
/// are cut into shards of `shard_size` from its first position on (the last may be shorter); each worker gets
/// consecutive shards, the first (shards mod workers) workers one more than the others. Without shards
/// (`shard_size` 0) that holds for samples: 256 over 7 workers are 37, 37, 37, 37, 36, 36, 36. A share may be
/// empty. The positions of a step never depend on the workers.
class BatchPlan {
 public:
  /// Of the samples at `first_position` … `first_position` + `count` − 1.
  BatchPlan(Membership membership, std::int64_t first_position, std::int64_t count,
            std::int64_t shard_size = 0);

  Membership membership() const { return membership_; }
  /// The whole step's.
  Range positions() const { return positions_; }

  /// The positions of worker `rank`; worker 0 has the largest share.
  Range share(int rank) const;
  Range own_share() const { return share(membership_.rank); }

  /// Shards of worker `rank`, numbered over the whole step; without shards a share that is not empty is one
  /// shard.
  Range shards(int rank) const;
  Range own_shards() const { return shards(membership_.rank); }
  /// The positions of shard `index`.
  Range shard(std::int64_t index) const;
  std::int64_t shard_count() const;

 private:
  Membership membership_;
  Range positions_;
  std::int64_t shard_size_;
};

/// Part `part` of [0, count) cut into `parts` consecutive parts whose sizes differ by at most one, larger
/// ones first.
Range even_part(std::int64_t count, std::int64_t parts, std::int64_t part);

}  // namespace ktrain
