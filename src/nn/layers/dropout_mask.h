#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// What a mask's random numbers hang on beside the step, and its rate.
struct DropoutMask {
  std::string purpose;
  std::uint32_t call = 0;
  std::optional<std::uint64_t> seed = {};  ///< in place of the run's
  double rate = 0;

  /// values[r, i] is 0 with probability `rate`, else 1 / (1 - rate); a function of the sample at
  /// step.first_position + r and of i alone.
  void draw(const StepContext& step, std::span<float> values, std::int64_t rows) const;
};

}  // namespace ktrain
