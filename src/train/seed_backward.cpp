#include "train/seed_backward.h"

#include <algorithm>

namespace ktrain {

void seed_backward(Objective& objective, const Executor& executor, std::span<const LossInput> inputs,
                   std::int64_t global_rows, std::span<const double> group_sums) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorView gradient = executor.output_gradient(i);
    if (gradient.empty()) continue;
    if (objective.has_loss(i)) {
      objective.gradient(i, inputs[i], global_rows, group_sums, gradient);
    } else {
      std::ranges::fill(gradient.span<float>(), 0.0F);
    }
  }
}

}  // namespace ktrain
