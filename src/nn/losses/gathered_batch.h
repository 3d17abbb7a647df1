#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/nn/reduced_loss.h"

namespace ktrain {

/// A whole global batch as group sums, for losses that compare its samples: every worker puts its rows in
/// their places, and the sum over the workers is all rows, the same numbers however many workers there are.
class GatheredBatch {
 public:
  explicit GatheredBatch(const ReducedLoss::Shapes& shapes);

  std::size_t sum_count() const { return rows_ * row_numbers_; }
  void put(const LossInput& input, std::span<double> sums) const;
  /// All `rows` of it, in float32; valid until the next call.
  LossInput batch(std::span<const double> sums, std::int64_t rows);

 private:
  struct Part {
    Shape sample;
    std::size_t numbers = 0;  ///< of a sample; 0 where there is no such tensor
    std::vector<float> values = {};
  };

  std::size_t rows_;
  std::size_t row_numbers_ = 0;
  std::array<Part, 4> parts_;  ///< predictions, targets, weights, masks
};

}  // namespace ktrain
