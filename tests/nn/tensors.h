#pragma once

#include <algorithm>
#include <vector>

#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// A tensor of these elements, in row-major order.
template <typename T = float>
Tensor tensor(const Shape& shape, const std::vector<T>& elements) {
  Tensor result(shape, kDTypeOf<T>);
  std::copy(elements.begin(), elements.end(), result.span<T>().begin());
  return result;
}

}  // namespace ktrain
