#include "nn/losses/class_distribution.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "ops/map.h"

namespace ktrain {
namespace {

// In lanes only for speed: the largest is the same in any order.
KTRAIN_SIMD float largest_of(const float* values, std::int64_t count) {
  float lanes[kLanes];
  for (float& lane : lanes) lane = values[0];
  const std::int64_t whole = count / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    }
  }
  for (std::int64_t i = whole; i < count; ++i) lanes[0] = values[i] > lanes[0] ? values[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

}  // namespace

Logits::Logits(std::span<const float> row)
    : highest_(largest_of(row.data(), static_cast<std::int64_t>(row.size()))) {
  std::array<float, 256> values;
  double sum = 0;
  for (std::size_t done = 0; done < row.size(); done += values.size()) {
    const std::size_t count = std::min(values.size(), row.size() - done);
    map_range(row.data() + done, values.data(), static_cast<std::int64_t>(count),
              [highest = highest_](float x) { return vector_math::exp(x - highest); });
    sum += sum_of({values.data(), count});
  }
  log_sum_ = vector_math::log(static_cast<float>(sum));
}

}  // namespace ktrain
