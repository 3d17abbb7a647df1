#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ktrain/tensor/shape.h"

namespace ktrain::testing {

/// The place of an element in a tensor of `shape`, one coordinate for each axis, and back.
inline std::vector<std::int64_t> coordinates(const Shape& shape, std::int64_t index) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(shape.rank()));
  for (std::size_t axis = result.size(); axis-- > 0;) {
    result[axis] = index % shape[static_cast<int>(axis)];
    index /= shape[static_cast<int>(axis)];
  }
  return result;
}

inline std::size_t index_of(const Shape& shape, const std::vector<std::int64_t>& at) {
  std::int64_t index = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis) {
    index = index * shape[static_cast<int>(axis)] + at[axis];
  }
  return static_cast<std::size_t>(index);
}

}  // namespace ktrain::testing
