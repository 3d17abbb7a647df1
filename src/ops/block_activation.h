#pragma once

#include <cstdint>

#include "ktrain/ops/activation.h"

// Activations of a part of a matrix's columns, on the calling thread.
namespace ktrain {

/// Rows of `width` numbers, `stride` apart.
struct RowBlock {
  std::int64_t rows = 0;
  std::int64_t width = 0;
  std::int64_t stride = 0;
};

/// y = f(x), row by row; y may be x. Activations along an axis take a row as their axis. Not kGlu.
void activate_block(const Activation& activation, RowBlock block, const float* x, float* y);

/// dx = dy f'; dx and dy, which may be the same memory, lie `stride` apart like x and y. `x` may be null
/// unless backward_needs_input.
void activate_block_backward(const Activation& activation, RowBlock block, const float* x, const float* y,
                             const float* dy, float* dx);

}  // namespace ktrain
