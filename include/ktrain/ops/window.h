#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ktrain {

/// How far a window may reach beyond the image (`padding` of keras.layers).
enum class Padding {
  kValid,  ///< not at all: out = floor((n − ke) / stride) + 1 with ke = (k − 1)·dilation + 1
  kSame,   ///< out = ceil(n / stride); the odd row or column of padding is at the bottom or right
  kCausal  ///< ke − 1 in front and none behind: output t sees no input behind t·stride
};

/// One number for each spatial axis of a layer, outermost first: (steps), (height, width) or (depth, height,
/// width).
template <std::size_t kAxes>
using Spatial = std::array<std::int64_t, kAxes>;
using HeightWidth = Spatial<2>;

/// The same number for each axis.
template <std::size_t kAxes>
constexpr Spatial<kAxes> each_axis(std::int64_t value) {
  Spatial<kAxes> result{};
  result.fill(value);
  return result;
}

/// (before, after) for each spatial axis of a layer, outermost first: ((top, bottom), (left, right)).
template <std::size_t kAxes>
using Margins = std::array<std::array<std::int64_t, 2>, kAxes>;

/// The same number on both ends of each axis.
template <std::size_t kAxes>
constexpr Margins<kAxes> each_margin(std::int64_t value) {
  Margins<kAxes> result{};
  result.fill({value, value});
  return result;
}

}  // namespace ktrain
