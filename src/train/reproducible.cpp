#include "train/reproducible.h"

#include "core/parallel.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "parallel/batch_plan.h"

namespace ktrain {

std::int64_t default_shard(std::int64_t global_batch) {
  constexpr std::int64_t kWorkers = 8;
  return (global_batch + kWorkers - 1) / kWorkers;
}

ShardCut cut_of(Membership membership, std::int64_t global_rows, std::int64_t shard, bool reproducible) {
  ShardCut cut{.size = shard};
  if (!reproducible) return cut;
  const BatchPlan plan(membership, 0, global_rows, shard);
  cut.first = plan.own_shards().begin;
  cut.leaves = plan.shard_count();
  return cut;
}

void require_reproducible(const Model& model, std::int64_t shard) {
  const auto refuse = [](const std::string& why) {
    throw Error(ExitCode::kConfiguration, "a reproducible run " + why);
  };
  if (shard <= 0) refuse("needs shards");
  if (thread_count() > 1) refuse(text("computes on one thread a worker; this one has ", thread_count()));
  for (const auto& layer : model.layers()) {
    if (!layer->has_local_statistics()) continue;
    refuse(text("cannot have layer '", layer->name(), "' (", layer->class_name(),
                "), whose statistics are each worker's own"));
  }
}

}  // namespace ktrain
