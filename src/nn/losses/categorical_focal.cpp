#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/text.h"
#include "nn/losses/alignment.h"
#include "nn/losses/categorical_losses.h"
#include "nn/losses/row_sums.h"
#include "nn/losses/smoothing.h"

namespace ktrain {
namespace {

double clipped(double q) {
  return q < 1e-7 ? 1e-7 : (q > 1 - 1e-7 ? 1 - 1e-7 : q);
}

class CategoricalFocalCrossentropy : public Loss {
 public:
  CategoricalFocalCrossentropy(const LossOptions& options)
      : smoothing_(options.label_smoothing, axis_of(options)),
        alpha_(options.alpha),
        gamma_(options.gamma.value_or(2)),
        logits_(options.from_logits) {
    if (alpha_.empty()) alpha_ = {0.25};
  }

  std::string name() const override { return "categorical_focal_crossentropy"; }

  Shape value_shape(const Shape& prediction) const override {
    if (prediction.rank() > 0 && alpha_.size() > 1 && std::ssize(alpha_) != prediction[-1]) {
      throw Error(ExitCode::kConfiguration,
                  text("loss ", name(), ": ", alpha_.size(), " alphas for ", prediction[-1], " classes"));
    }
    return Loss::value_shape(prediction);
  }

  void values(const LossRows& rows, std::span<float> values) const override {
    const auto smoothed = smoothing_.over(rows);
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const Shares shares(p, logits_);
      const float* t = rows.target.data<float>() + row * std::ssize(p);
      double sum = 0;
      for (std::size_t j = 0; j < p.size(); ++j) {
        const double c = clipped(shares.of(p[j]));
        sum -= alpha(j) * std::pow(1 - c, gamma_) * static_cast<double>(smoothed(t[j])) * std::log(c);
      }
      values[static_cast<std::size_t>(row)] = static_cast<float>(sum);
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const auto smoothed = smoothing_.over(rows);
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const Shares shares(p, logits_);
      const float* t = rows.target.data<float>() + row * std::ssize(p);
      float* g = gradient.data() + row * std::ssize(p);
      double mean = 0;
      for (std::size_t j = 0; j < p.size(); ++j) {
        const double q = shares.of(p[j]);
        mean += q * by_share(j, q, static_cast<double>(smoothed(t[j])));
      }
      const auto factor = static_cast<double>(factors[static_cast<std::size_t>(row)]);
      for (std::size_t j = 0; j < p.size(); ++j) {
        const double q = shares.of(p[j]);
        const double slope = by_share(j, q, static_cast<double>(smoothed(t[j]))) - mean;
        g[j] = static_cast<float>(factor * slope * (logits_ ? q : 1 / shares.sum));
      }
    });
  }

 private:
  /// Predictions as shares of one: p / sum p, or softmax.
  struct Shares {
    Shares(std::span<const float> p, bool of_logits) : logits(of_logits) {
      for (const float x : p) highest = std::max(highest, static_cast<double>(x));
      for (const float x : p)
        sum += logits ? std::exp(static_cast<double>(x) - highest) : static_cast<double>(x);
    }
    double of(float x) const {
      return (logits ? std::exp(static_cast<double>(x) - highest) : static_cast<double>(x)) / sum;
    }
    bool logits;
    double highest = -std::numeric_limits<double>::infinity();
    double sum = 0;
  };

  double alpha(std::size_t j) const { return alpha_.size() == 1 ? alpha_[0] : alpha_[j]; }
  /// d loss / d share of class j
  double by_share(std::size_t j, double q, double t) const {
    const double c = clipped(q);
    if (c != q) return std::isnan(q) ? q : 0;
    const double of_power = gamma_ == 0 ? 0 : gamma_ * std::pow(1 - c, gamma_ - 1) * std::log(c);
    return alpha(j) * t * (of_power - std::pow(1 - c, gamma_) / c);
  }

  ClassSmoothing smoothing_;
  std::vector<double> alpha_;
  double gamma_;
  bool logits_;
};

class CategoricalGeneralizedCrossEntropy : public Loss {
 public:
  explicit CategoricalGeneralizedCrossEntropy(double q) : q_(q) {}

  std::string name() const override { return "categorical_generalized_cross_entropy"; }
  bool takes_classes() const override { return true; }
  void check(const LossRows& rows) const override { check_classes(rows.target, rows.prediction.shape()[-1]); }
  void values(const LossRows& rows, std::span<float> values) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const auto own = static_cast<double>(p[static_cast<std::size_t>(class_at(rows.target, row))]);
      values[static_cast<std::size_t>(row)] = static_cast<float>((1 - std::pow(own, q_)) / q_);
    });
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const std::span<float> g = gradient.subspan(static_cast<std::size_t>(row) * p.size(), p.size());
      const auto target = static_cast<std::size_t>(class_at(rows.target, row));
      std::ranges::fill(g, 0.0F);
      g[target] = static_cast<float>(-static_cast<double>(factors[static_cast<std::size_t>(row)]) *
                                     std::pow(static_cast<double>(p[target]), q_ - 1));
    });
  }

 private:
  double q_;
};

}  // namespace

std::unique_ptr<Loss> categorical_focal_crossentropy(const LossOptions& options) {
  return std::make_unique<CategoricalFocalCrossentropy>(options);
}

std::unique_ptr<Loss> categorical_generalized_cross_entropy(const LossOptions& options) {
  const double q = options.q.value_or(0.5);
  if (!(q > 0 && q < 1)) {
    throw Error(ExitCode::kConfiguration,
                text("categorical_generalized_cross_entropy: q=", q, " is outside (0, 1)"));
  }
  return std::make_unique<CategoricalGeneralizedCrossEntropy>(q);
}

}  // namespace ktrain
