#pragma once

#include <memory>
#include <string>
#include <utility>

#include "nn/losses/row_sums.h"

namespace ktrain {

/// Gradient of values that are means (or sums, divisor 1) over rows: factor · slope(p, t) / divisor.
template <typename Formula>
void elementwise_gradient(const LossRows& rows, double divisor, Formula formula,
                          std::span<const float> factors, std::span<float> gradient) {
  const std::int64_t width = row_width(rows);
  const float* p = rows.prediction.data<float>();
  const float* t = rows.target.data<float>();
  parallel_for(std::ssize(factors), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float factor = factors[static_cast<std::size_t>(row)] / static_cast<float>(divisor);
      map_range(p + row * width, t + row * width, gradient.data() + row * width, width,
                [formula, factor](float x, float y) { return factor * formula.slope(x, y); });
    }
  });
}

enum class OverRow { kMean, kSum };

/// A loss whose value is the mean or sum over the last axis of a function of prediction and target. `Formula`
/// has value(p, t) and slope(p, t) = d value / dp.
template <typename Formula>
class ElementwiseLoss : public Loss {
 public:
  ElementwiseLoss(std::string name, Formula formula, OverRow over_row)
      : name_(std::move(name)), formula_(formula), over_row_(over_row) {}

  std::string name() const override { return name_; }
  void values(const LossRows& rows, std::span<float> values) const override {
    row_sums(
        rows, divisor(rows), [f = formula_](float p, float t) { return f.value(p, t); }, values);
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    elementwise_gradient(rows, divisor(rows), formula_, factors, gradient);
  }

 private:
  double divisor(const LossRows& rows) const {
    return over_row_ == OverRow::kSum ? 1 : static_cast<double>(row_width(rows));
  }

  std::string name_;
  Formula formula_;
  OverRow over_row_;
};

template <typename Formula>
std::unique_ptr<Loss> elementwise_loss(const std::string& name, Formula formula,
                                       OverRow over_row = OverRow::kMean) {
  return std::make_unique<ElementwiseLoss<Formula>>(name, formula, over_row);
}

}  // namespace ktrain
