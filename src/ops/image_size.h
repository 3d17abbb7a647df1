#pragma once

#include <cstdint>

namespace ktrain {

/// The sizes of one channels-last image.
struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 1;

  std::int64_t row() const { return width * channels; }
  std::int64_t elements() const { return height * row(); }
};

}  // namespace ktrain
