#include "optim/tensor_rules.h"

#include "core/parallel.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void decay(const OptimizerUpdate u) {
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) u.values[i] = u.weight(i);
}

}  // namespace

void decay_weights(const OptimizerUpdate& update) {
  if (update.weight_decay == 0) return;
  parallel_for(update.count, kTensorGrain,
               [&](std::int64_t begin, std::int64_t end) { decay(part_of(update, begin, end - begin)); });
}

OptimizerUpdate part_of(const OptimizerUpdate& update, std::int64_t first, std::int64_t count) {
  OptimizerUpdate part = update;
  part.count = count;
  part.values += first;
  part.gradients += first;
  for (float*& slot : part.slots) {
    if (slot != nullptr) slot += first;
  }
  return part;
}

}  // namespace ktrain
