#include "app/adaptive_batch.h"

#include <algorithm>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/train/noise_options.h"
#include "report/noise_scale_text.h"
#include "scaling/noise_scale.h"

namespace ktrain {

AdaptiveBatch adaptive_batch(const RunConfig& config, std::int64_t base_batch, std::int64_t samples) {
  constexpr std::int64_t kPieces = 8, kMostBaseBatches = 16;
  const std::int64_t least = config.min_batch.value_or(base_batch);
  const std::int64_t most = std::min(config.max_batch.value_or(kMostBaseBatches * base_batch), samples);
  if (config.global_batch < least || config.global_batch > most) {
    throw Error(ExitCode::kConfiguration,
                text("--adaptive-batch begins with batches of ", config.global_batch,
                     ", which --min-batch and --max-batch leave out: from ", least, " to ", most));
  }
  return {.efficiency = *config.adaptive_batch,
          .base = base_batch,
          .least = least,
          .most = most,
          .multiple = config.shard.value_or(kPieces)};
}

void require_any_batch(const Model& model) {
  for (const auto& layer : model.layers()) {
    if (layer->states().empty()) continue;
    throw Error(ExitCode::kConfiguration, text("--adaptive-batch: layer '", layer->name(), "' (",
                                               layer->class_name(), ") is stateful and fixes the batch"));
  }
}

std::int64_t adapting_interval(const RunConfig& config, std::int64_t samples) {
  return std::max(config.adapt_every.samples, config.adapt_every.epochs * samples);
}

std::int64_t adaptive_noise_interval(const RunConfig& config, std::int64_t samples) {
  constexpr std::int64_t kMeasurements = 8;
  const std::int64_t most = std::max<std::int64_t>(adapting_interval(config, samples) / kMeasurements, 1);
  return std::min(default_noise_interval(config.global_batch), most);
}

std::string reason_of_change(const AdaptiveBatch& options, std::int64_t from, std::int64_t to, double phi) {
  const auto efficiency = [&](std::int64_t batch) {
    return statistical_efficiency(static_cast<double>(options.base), static_cast<double>(batch), phi);
  };
  return text_of({.from = from,
                  .to = to,
                  .base = options.base,
                  .noise_scale = phi,
                  .efficiency_before = efficiency(from),
                  .efficiency_after = efficiency(to),
                  .gain = gain_of_change(static_cast<double>(from), static_cast<double>(to), phi)});
}

}  // namespace ktrain
