#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ktrain/tensor/shape.h"

namespace ktrain {

/// Copies float32 samples with their axes in another order: axis i of a sample of y is axis axes[i] of a
/// sample of x; the batch stays in front.
class Transpose {
 public:
  /// `sample` is the shape of a sample of x; `axes` holds each of its axes once.
  Transpose(std::int64_t rows, const Shape& sample, std::span<const int> axes);
  ~Transpose();

  void run(const float* x, float* y);

 private:
  struct Copy;
  std::unique_ptr<Copy> copy_;
};

}  // namespace ktrain
