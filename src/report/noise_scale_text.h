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

}  // namespace ktrain
