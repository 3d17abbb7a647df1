#pragma once

#include <cstdint>

#include "ktrain/nn/model.h"
#include "nn/prepared_model.h"
#include "parallel/membership.h"

namespace ktrain {

/// The shard of a run that needs one and names none: the batch in eight, so that each of up to 8 workers gets
/// as much.
std::int64_t default_shard(std::int64_t global_batch);

/// Throws Error{kConfiguration} where a run could not give the same bits for any number of workers: without
/// shards, on several threads, or with a layer whose statistics are a worker's own.
void require_reproducible(const Model& model, std::int64_t shard);

/// How this worker's rows of a step of `global_rows` are cut into shards of `shard` samples (0: one), and, in
/// a reproducible run, where these stand in the tree of the step's sums.
ShardCut cut_of(Membership membership, std::int64_t global_rows, std::int64_t shard, bool reproducible);

}  // namespace ktrain
