#include "train/class_weights.h"

#include <utility>

#include "core/text.h"
#include "nn/losses/alignment.h"
#include "train/class_counts.h"

namespace ktrain {

ClassWeights::ClassWeights(std::map<std::int64_t, double> factors, const Shape& target,
                           bool loss_takes_classes)
    : factors_(std::move(factors)) {
  const bool one_hot = target.rank() == 1 && !loss_takes_classes;
  if (target.elements() == 1 || one_hot) return;
  throw Error(ExitCode::kConfiguration,
              text("class weights need one class for each sample, an integer or one-hot; targets of shape ",
                   target, loss_takes_classes ? " are several classes" : " are not that"));
}

float ClassWeights::factor_of(std::span<const float> target) const {
  const auto found = class_of(target);
  if (!found) return 1;
  const auto factor = factors_.find(*found);
  return factor == factors_.end() ? 1.0F : static_cast<float>(factor->second);
}

ConstTensorView ClassWeights::weights(const LossInput& input) {
  const std::int64_t rows = input.target.shape()[0];
  targets_.resize(static_cast<std::size_t>(input.target.elements()));
  copy_as_float(input.target, targets_);
  const Shape shape = input.sample_weight.empty() ? Shape{rows} : input.sample_weight.shape();
  if (input.sample_weight.empty()) {
    weights_.assign(static_cast<std::size_t>(rows), 1.0F);
  } else {
    const auto given = input.sample_weight.span<float>();
    weights_.assign(given.begin(), given.end());
  }
  const std::size_t width = targets_.size() / static_cast<std::size_t>(rows);
  const std::size_t per_row = weights_.size() / static_cast<std::size_t>(rows);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    const float factor = factor_of(std::span(targets_).subspan(row * width, width));
    for (std::size_t i = 0; i < per_row; ++i) weights_[row * per_row + i] *= factor;
  }
  return {weights_.data(), DType::kFloat32, shape};
}

}  // namespace ktrain
