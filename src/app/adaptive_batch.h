#pragma once

#include <cstdint>
#include <string>

#include "config/run_config.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/events.h"
#include "scaling/adapted_batch.h"

namespace ktrain {

/// What --adaptive-batch and its companions allow, for a dataset of so many samples: multiples of the run's
/// shard, else of the eight pieces that the noise scale is measured from. Throws Error{kConfiguration}
/// where the batch that the run begins with is none of those between.
AdaptiveBatch adaptive_batch(const RunConfig& config, std::int64_t base_batch, std::int64_t samples);

/// Throws Error{kConfiguration} that names a stateful layer, whose rows are those of a batch.
void require_any_batch(const Model& model);

/// Samples between two decisions.
std::int64_t adapting_interval(const RunConfig& config, std::int64_t samples);
/// Between two measurements unless the options say so: eight and more in that time.
std::int64_t adaptive_noise_interval(const RunConfig& config, std::int64_t samples);

/// What a measurement must be based on before a batch follows it.
inline constexpr std::int64_t kLeastMeasurements = 3;

/// Why the batch changes, for a person.
std::string reason_of_change(const AdaptiveBatch& options, std::int64_t from, std::int64_t to, double phi);

}  // namespace ktrain
