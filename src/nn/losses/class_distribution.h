#pragma once

#include <span>

#include "core/sum.h"
#include "nn/losses/probability.h"
#include "ops/vector_math.h"

// A row of predictions read as a distribution over classes, in the two forms of Keras's categorical
// cross-entropies. With L = -sum_j t_j log_probability(x_j):
//   dL/dx_j = mass·share(x_j) - t_j·pull(x_j),  mass = sum_j t_j·passes(x_j).
namespace ktrain {

/// from_logits=False: q = x / sum x, clipped.
class Probabilities {
 public:
  explicit Probabilities(std::span<const float> row) : sum_(static_cast<float>(sum_of(row))) {}
  float log_probability(float x) const { return vector_math::log_of_normal(clipped_probability(x / sum_)); }
  float passes(float x) const { return is_unclipped(x / sum_) ? 1.0F : 0.0F; }
  float share(float) const { return 1 / sum_; }
  float pull(float x) const { return passes(x) / (sum_ * clipped_probability(x / sum_)); }

 private:
  float sum_;
};

/// from_logits=True: log q = x - log(sum e^x).
class Logits {
 public:
  explicit Logits(std::span<const float> row);
  float log_probability(float x) const { return (x - highest_) - log_sum_; }
  float passes(float) const { return 1; }
  float share(float x) const { return vector_math::exp(log_probability(x)); }
  float pull(float) const { return 1; }

 private:
  float highest_;
  float log_sum_;
};

}  // namespace ktrain
