#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/check.h"
#include "nn/pairs.h"

namespace ktrain {

/// A loss whose element is the mean over the last axis of a function of prediction and target. `Formula` has
/// value(p, t) and slope(p, t) = d value / dp.
template <typename Formula>
class ElementwiseLoss : public Loss {
 public:
  ElementwiseLoss(std::string name, Formula formula) : name_(std::move(name)), formula_(formula) {}

  std::string name() const override { return name_; }
  std::int64_t elements_per_sample(const Shape& prediction, const Shape& target) const override {
    return elementwise_rows_per_sample(name_, prediction, target);
  }

  double numerator(const LossInput& input) const override {
    return sum_of_row_means(input, [f = formula_](float p, float t) { return f.value(p, t); });
  }

  void gradient(const LossInput& input, float scale, TensorView gradient) const override {
    KTRAIN_CHECK(gradient.shape() == input.prediction.shape(), gradient.shape(), input.prediction.shape());
    const LossRows rows = elementwise_rows(input);
    parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
      Pairs pairs(input);
      rows.for_each_run(begin, end, [&](std::int64_t first, std::int64_t count, float weight) {
        const float factor = scale * weight / static_cast<float>(rows.width);
        pairs.map(first, count, gradient.data<float>(),
                  [f = formula_, factor](float p, float t) { return factor * f.slope(p, t); });
      });
    });
  }

 private:
  std::string name_;
  Formula formula_;
};

template <typename Formula>
std::unique_ptr<Loss> elementwise_loss(const std::string& name, Formula formula) {
  return std::make_unique<ElementwiseLoss<Formula>>(name, formula);
}

}  // namespace ktrain
