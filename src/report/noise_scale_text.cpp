#include "report/noise_scale_text.h"

#include <fmt/format.h>

namespace ktrain {

std::string text_of(const NoiseScale& noise) {
  std::string line = noise.value ? fmt::format("noise scale: {:.4g} samples", *noise.value)
                                 : "noise scale: unknown, |G|^2 cannot be told from 0";
  if (noise.high) {
    line += fmt::format(", 95 % between {:.4g} and {:.4g}", *noise.low, *noise.high);
  } else if (noise.low) {
    line += fmt::format(", 95 % above {:.4g}", *noise.low);
  }
  line += fmt::format(" ({} measurement{}{})", noise.measurements, noise.measurements == 1 ? "" : "s",
                      noise.biased ? ", biased: of pairs of steps" : "");
  return line;
}

std::string table_of(std::span<const BatchCost> costs, std::int64_t present_batch) {
  std::string lines =
      fmt::format("{:>9} {:>9} {:>9}  of those at {}\n", "batch", "steps", "samples", present_batch);
  for (const BatchCost& cost : costs) {
    lines += fmt::format("{:>9} {:>9.3f} {:>9.3f}\n", cost.batch, cost.steps, cost.samples);
  }
  return lines;
}

std::string text_of(const BatchDecision& decision) {
  return fmt::format(
      "batch {} -> {}: at noise scale {:.4g} a sample makes {:.3f} -> {:.3f} of the progress at batch {}; "
      "for the same progress {:.2f} times fewer {}",
      decision.from, decision.to, decision.noise_scale, decision.efficiency_before, decision.efficiency_after,
      decision.base, decision.gain, decision.to > decision.from ? "steps" : "samples");
}

}  // namespace ktrain
