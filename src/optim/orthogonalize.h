#pragma once

#include <cstdint>

#include "ktrain/core/buffer.h"

namespace ktrain {

/// Muon's iteration: brings the singular values of a matrix near 1. Its bits depend neither on the thread
/// count nor on the machine.
class Orthogonalizer {
 public:
  struct Coefficients {
    float a, b, c;
  };

  /// Room for matrices of so many elements whose smaller side is at most so long.
  void reserve(std::int64_t elements, std::int64_t smaller_side);

  /// x (rows, columns), rows <= columns, becomes a·x + (b·y + c·y²)x with y = x·x', `steps` times.
  void run(float* x, std::int64_t rows, std::int64_t columns, const Coefficients& coefficients,
           std::int64_t steps);

 private:
  Buffer other_;    ///< x', then the next x
  Buffer gram_;     ///< y
  Buffer squared_;  ///< y²
};

/// to (columns, rows) = from (rows, columns) transposed.
void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to);

}  // namespace ktrain
