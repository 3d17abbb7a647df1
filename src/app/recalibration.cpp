#include "app/recalibration.h"

#include "core/text.h"
#include "ktrain/train/recalibrate.h"

namespace ktrain {

std::string recalibrate_model(Communicator& communicator, const RunConfig& config, Run& run) {
  const Recalibration done = recalibrate(communicator, run.model, run.data,
                                         {.global_batch = config.global_batch,
                                          .batches = config.recalibrate_batches,
                                          .shuffle = config.shuffle,
                                          .seed = static_cast<std::uint64_t>(config.seed),
                                          .shard = config.shard.value_or(0),
                                          .reproducible = config.reproducible});
  return text("recalibrated ", done.layers, done.layers == 1 ? " layer" : " layers", " over ", done.batches,
              done.batches == 1 ? " batch" : " batches", " of ", config.global_batch, " (", done.samples,
              " samples)");
}

}  // namespace ktrain
