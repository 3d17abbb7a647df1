#pragma once

#include <span>

namespace ktrain {

/// L1 and L2 penalty of a variable: l1·sum|w| + l2·sum w² (keras.regularizers.L1L2; no factor 1/2). Counted
/// once a step, for trainable variables only; neither divided by the batch nor by the workers.
struct Regularizer {
  float l1 = 0;
  float l2 = 0;
  bool active() const { return l1 != 0 || l2 != 0; }
};

/// The penalty of a variable with these values, summed in float64 in a fixed order.
double penalty(const Regularizer& regularizer, std::span<const float> values);

/// gradients += l1·sign(w) + 2·l2·w, element by element; sign(0) = 0.
void add_penalty_gradient(const Regularizer& regularizer, std::span<const float> values,
                          std::span<float> gradients);

}  // namespace ktrain
