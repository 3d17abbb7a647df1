#pragma once

#include <array>
#include <cstdint>

namespace ktrain {

struct MarginAxis {
  std::int64_t before = 0;
  std::int64_t inner = 1;
  std::int64_t after = 0;
  std::int64_t outer() const { return before + inner + after; }
};

/// Images, channels last, and the same ones with margins around: inner (rows, D, H, W, channels), outer
/// (rows, before + D + after, …, channels), float32.
struct MarginShape {
  std::int64_t rows = 0;
  std::array<MarginAxis, 3> axes;  ///< depth, height, width
  std::int64_t channels = 0;
};

/// outer = inner with zeros around.
void add_margins(const MarginShape& shape, const float* inner, float* outer);
/// inner = outer without its margins.
void remove_margins(const MarginShape& shape, const float* outer, float* inner);

}  // namespace ktrain
