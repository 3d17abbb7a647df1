#pragma once

#include <array>
#include <cstdint>

namespace ktrain {

/// How far a window may reach beyond the image (`padding` of keras.layers).
enum class Padding {
  kValid,  ///< not at all: out = floor((n − ke) / stride) + 1 with ke = (k − 1)·dilation + 1
  kSame    ///< out = ceil(n / stride); the odd row or column of padding is at the bottom or right
};

/// One number for the height and one for the width of an image.
using HeightWidth = std::array<std::int64_t, 2>;

}  // namespace ktrain
