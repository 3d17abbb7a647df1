#include "nn/layers/time_axis.h"

#include <algorithm>

#include "core/parallel.h"

namespace ktrain {
namespace {

/// copy(row, step, place of that step in the order of computation)
template <typename Copy>
void for_each_step(TimeAxis size, bool reverse, const Copy& copy) {
  const std::int64_t grain = 32768 / std::max<std::int64_t>(size.steps * size.width, 1) + 1;
  parallel_for(size.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t step = 0; step < size.steps; ++step) {
        copy(row, step, reverse ? size.steps - 1 - step : step);
      }
    }
  });
}

}  // namespace

void to_time_first(TimeAxis size, bool reverse, const float* from, float* to) {
  for_each_step(size, reverse, [&](std::int64_t row, std::int64_t step, std::int64_t place) {
    std::copy_n(from + (row * size.steps + step) * size.width, size.width,
                to + (place * size.rows + row) * size.width);
  });
}

void to_batch_first(TimeAxis size, bool reverse, const float* from, float* to) {
  for_each_step(size, reverse, [&](std::int64_t row, std::int64_t step, std::int64_t place) {
    std::copy_n(from + (place * size.rows + row) * size.width, size.width,
                to + (row * size.steps + step) * size.width);
  });
}

void reverse_time(TimeAxis size, const float* from, float* to) {
  for_each_step(size, true, [&](std::int64_t row, std::int64_t step, std::int64_t place) {
    std::copy_n(from + (row * size.steps + step) * size.width, size.width,
                to + (row * size.steps + place) * size.width);
  });
}

}  // namespace ktrain
