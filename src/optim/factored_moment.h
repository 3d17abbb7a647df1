#pragma once

#include <cstdint>

#include "optim/update.h"

namespace ktrain {

/// A tensor as matrices over its last two axes.
struct MatrixShape {
  std::int64_t matrices = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// State and scratch of Adafactor's second moment.
struct FactoredMoment {
  float* rows;     ///< r, (matrices, rows)
  float* columns;  ///< c, (matrices, columns)
  float* means;    ///< of r, (matrices); scratch
};

/// Adafactor's second moment (rules.h): r and c brought up to date with the update's gradients, and from them
/// v, the update's first slot.
void factored_moment(const OptimizerUpdate& update, const MatrixShape& shape, float beta, float epsilon,
                     const FactoredMoment& moment);

}  // namespace ktrain
