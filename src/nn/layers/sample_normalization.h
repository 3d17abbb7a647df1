#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// What is normalized together: a batch seen as (blocks, lines, groups · width), each group of a block over
/// its lines and width. Where its gamma and beta stand: block b, line l, element w of the line has number (b
/// mod period) block_step + l line_step + w element_step.
struct NormalizationLayout {
  std::int64_t blocks = 1;
  std::int64_t lines = 1;
  std::int64_t groups = 1;
  std::int64_t width = 1;
  std::int64_t period = 1;
  std::int64_t block_step = 0;
  std::int64_t line_step = 0;
  std::int64_t element_step = 0;  ///< 0 or 1
  std::int64_t line() const { return groups * width; }
};

/// The formula: with m the mean of a group of n elements, or 0, and v = (sum of (x - m)^2) / n, or without
/// the division, y = (x - c) min(1 / sqrt(v + epsilon), largest) gamma + beta, where c is m or 0.
struct NormalizationRule {
  bool about_mean = true;      ///< m
  bool subtracts_mean = true;  ///< c
  bool divides = true;
  double epsilon = 0;
  double largest = std::numeric_limits<double>::infinity();
};

/// Which of the layer's variables are gamma and beta; -1: none. A gradient for each is summed over the
/// samples.
struct NormalizationVariables {
  int gamma = -1;
  int beta = -1;
};

/// Normalizes within samples; works in float64 between memory and memory.
std::unique_ptr<LayerKernel> make_sample_normalization_kernel(const Layer& layer,
                                                              const NormalizationLayout& layout,
                                                              const NormalizationRule& rule,
                                                              const NormalizationVariables& variables);

}  // namespace ktrain
