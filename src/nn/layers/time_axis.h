#pragma once

#include <cstdint>

namespace ktrain {

/// The sizes of a sequence tensor: (rows, steps, width) with the batch first, (steps, rows, width) with the
/// time first.
struct TimeAxis {
  std::int64_t rows = 0;
  std::int64_t steps = 0;
  std::int64_t width = 0;
};

/// Copies batch first to time first; `reverse` puts the last step first. `from` and `to` do not overlap.
void to_time_first(TimeAxis size, bool reverse, const float* from, float* to);
/// The way back.
void to_batch_first(TimeAxis size, bool reverse, const float* from, float* to);
/// Copies batch first to batch first with the steps reversed.
void reverse_time(TimeAxis size, const float* from, float* to);

}  // namespace ktrain
