#include "nn/losses/hinge.h"

#include <algorithm>
#include <string>
#include <utility>

#include "nn/losses/elementwise_formulas.h"
#include "nn/losses/elementwise_loss.h"

namespace ktrain {
namespace {

template <typename Formula>
class HingeLoss : public Loss {
 public:
  explicit HingeLoss(std::string name) : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  /// Targets that are neither 0 nor 1.
  std::int64_t group_sum_count() const override { return 1; }
  void add_group_sums(const LossRows& rows, std::span<double> sums) const override {
    sums[0] += static_cast<double>(
        std::ranges::count_if(rows.target.span<float>(), [](float t) { return t != 0 && t != 1; }));
  }
  void values(const LossRows& rows, std::span<float> values) const override {
    row_sums(
        rows, static_cast<double>(row_width(rows)),
        [f = formula(rows)](float p, float t) { return f.value(p, t); }, values);
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    elementwise_gradient(rows, static_cast<double>(row_width(rows)), formula(rows), factors, gradient);
  }

 private:
  static Formula formula(const LossRows& rows) {
    const loss_formula::Hinge of_binary{2, -1}, plain{1, 0};
    return Formula{rows.group_sums[0] == 0 ? of_binary : plain};
  }

  std::string name_;
};

class CategoricalHinge : public Loss {
 public:
  std::string name() const override { return "categorical_hinge"; }

  void values(const LossRows& rows, std::span<float> values) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const double rest = Sides(p, rows.target.data<float>() + row * std::ssize(p)).rest();
      values[static_cast<std::size_t>(row)] = static_cast<float>(rest < 0 ? 0 : rest);
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const float* t = rows.target.data<float>() + row * std::ssize(p);
      const std::span<float> g = gradient.subspan(static_cast<std::size_t>(row) * p.size(), p.size());
      const Sides sides(p, t);
      if (sides.rest() <= 0) {
        std::ranges::fill(g, 0.0F);
        return;
      }
      const float factor = factors[static_cast<std::size_t>(row)];
      const float share = factor / static_cast<float>(sides.largest_count);
      for (std::size_t j = 0; j < p.size(); ++j) {
        const bool largest = static_cast<double>((1 - t[j]) * p[j]) == sides.negative;
        g[j] = (largest ? share * (1 - t[j]) : 0) - factor * t[j];
      }
    });
  }

 private:
  struct Sides {
    Sides(std::span<const float> p, const float* t) {
      for (std::size_t j = 0; j < p.size(); ++j) {
        positive += static_cast<double>(t[j]) * static_cast<double>(p[j]);
        const auto other = static_cast<double>((1 - t[j]) * p[j]);
        if (j == 0 || other > negative) {
          negative = other;
          largest_count = 0;
        }
        if (other == negative) ++largest_count;
      }
    }
    double rest() const { return negative - positive + 1; }
    double positive = 0, negative = 0;
    int largest_count = 0;  ///< the gradient of a maximum goes to all that reach it alike
  };
};

}  // namespace

std::unique_ptr<Loss> hinge() {
  return std::make_unique<HingeLoss<loss_formula::Hinge>>("hinge");
}

std::unique_ptr<Loss> squared_hinge() {
  return std::make_unique<HingeLoss<loss_formula::SquaredHinge>>("squared_hinge");
}

std::unique_ptr<Loss> categorical_hinge() {
  return std::make_unique<CategoricalHinge>();
}

}  // namespace ktrain
