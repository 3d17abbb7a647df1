#pragma once

#include <cstdint>
#include <vector>

#include "ktrain/tensor/shape.h"

namespace ktrain {

/// Folds a dense tensor over some of its axes. Which elements go into one of the result, and in which order,
/// follows from the shape alone.
class Reduction {
 public:
  /// `result`: the shape with 1 for each axis that is folded; 1s in front may be missing.
  Reduction(const Shape& shape, const Shape& result);

  /// y = scale · the sums, added up in float64.
  void sum(const float* x, float* y, double scale = 1) const;
  /// A NaN stays a NaN.
  void maximum(const float* x, float* y) const;
  void minimum(const float* x, float* y) const;
  /// Elements that go into one of the result.
  std::int64_t folded() const { return run_ * gone_.count; }

 private:
  struct Axes {
    std::vector<std::int64_t> sizes;
    std::vector<std::int64_t> steps;
    std::int64_t count = 1;
    void add(std::int64_t size, std::int64_t step);
    /// Where combination `index` lies in x.
    std::int64_t offset(std::int64_t index) const;
    std::int64_t take_last();
  };
  template <typename Fold>
  void fold(const float* x, float* y, const Fold& fold) const;

  Axes kept_;              ///< but for the lines
  Axes gone_;              ///< but for the runs
  std::int64_t line_ = 1;  ///< elements of the result side by side, for which x lies side by side too
  std::int64_t run_ = 1;   ///< elements of x side by side that go into one of the result
};

}  // namespace ktrain
