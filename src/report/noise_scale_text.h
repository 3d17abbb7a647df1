#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ktrain/train/events.h"

namespace ktrain {

/// For a person, in one line without its end.
std::string text_of(const NoiseScale& noise);

/// What training to the same loss takes at a batch, as parts of what it takes at the present one.
struct BatchCost {
  std::int64_t batch = 0;
  double steps = 1;
  double samples = 1;
};

/// Lines: a head that names the present batch, then a row for each.
std::string table_of(std::span<const BatchCost> costs, std::int64_t present_batch);

/// A batch that changes with the noise scale.
struct BatchDecision {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t base = 0;
  double noise_scale = 0;
  double efficiency_before = 1;  ///< progress per sample, in units of that at the base batch
  double efficiency_after = 1;
  double gain = 1;  ///< in steps if the batch grows, else in samples
};

/// For a person, in one line without its end.
std::string text_of(const BatchDecision& decision);

}  // namespace ktrain
