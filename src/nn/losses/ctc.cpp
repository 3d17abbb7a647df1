#include "nn/losses/ctc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return high == kNever ? kNever : high + std::log1p(std::exp(low - high));
}

/// One sample's sums over paths: states are the labels with a blank before, between and behind them.
class Paths {
 public:
  void set(std::span<const float> logits, std::size_t classes, std::span<const std::size_t> labels) {
    classes_ = classes;
    times_ = logits.size() / classes;
    states_.assign(2 * labels.size() + 1, 0);
    for (std::size_t i = 0; i < labels.size(); ++i) states_[2 * i + 1] = labels[i];
    log_softmax(logits);
    run_forward();
  }

  double log_probability() const {
    const std::size_t end = times_ * states_.size();
    return states_.size() == 1 ? ahead_[end - 1] : log_sum(ahead_[end - 1], ahead_[end - 2]);
  }

  void gradient(double factor, std::span<float> gradient) {
    run_backward();
    const double total = log_probability();
    std::vector<double>& share = share_;
    for (std::size_t t = 0; t < times_; ++t) {
      share.assign(classes_, 0);
      for (std::size_t s = 0; s < states_.size(); ++s) {
        share[states_[s]] += std::exp(at(ahead_, t, s) + at(behind_, t, s) - total);
      }
      for (std::size_t k = 0; k < classes_; ++k) {
        gradient[t * classes_ + k] =
            static_cast<float>(factor * (std::exp(log_softmax_[t * classes_ + k]) - share[k]));
      }
    }
  }

 private:
  double& at(std::vector<double>& table, std::size_t t, std::size_t s) {
    return table[t * states_.size() + s];
  }
  double emits(std::size_t t, std::size_t s) const { return log_softmax_[t * classes_ + states_[s]]; }
  /// A label may follow the one before without a blank when they differ.
  bool skips(std::size_t s) const { return s >= 2 && states_[s] != 0 && states_[s] != states_[s - 2]; }

  void log_softmax(std::span<const float> logits) {
    log_softmax_.resize(logits.size());
    for (std::size_t t = 0; t < times_; ++t) {
      const auto row = logits.subspan(t * classes_, classes_);
      const auto highest = static_cast<double>(*std::ranges::max_element(row));
      double sum = 0;
      for (const float x : row) sum += std::exp(static_cast<double>(x) - highest);
      for (std::size_t k = 0; k < classes_; ++k)
        log_softmax_[t * classes_ + k] = static_cast<double>(row[k]) - highest - std::log(sum);
    }
  }

  void run_forward() {
    ahead_.assign(times_ * states_.size(), kNever);
    for (std::size_t s = 0; s < std::min<std::size_t>(2, states_.size()); ++s) at(ahead_, 0, s) = emits(0, s);
    for (std::size_t t = 1; t < times_; ++t) {
      for (std::size_t s = 0; s < states_.size(); ++s) {
        double sum = at(ahead_, t - 1, s);
        if (s >= 1) sum = log_sum(sum, at(ahead_, t - 1, s - 1));
        if (skips(s)) sum = log_sum(sum, at(ahead_, t - 1, s - 2));
        at(ahead_, t, s) = sum + emits(t, s);
      }
    }
  }

  /// What comes after time t, without what t itself emits.
  void run_backward() {
    behind_.assign(times_ * states_.size(), kNever);
    const std::size_t last = states_.size() - 1;
    at(behind_, times_ - 1, last) = 0;
    if (last > 0) at(behind_, times_ - 1, last - 1) = 0;
    for (std::size_t t = times_ - 1; t-- > 0;) {
      for (std::size_t s = 0; s <= last; ++s) {
        double sum = at(behind_, t + 1, s) + emits(t + 1, s);
        if (s + 1 <= last) sum = log_sum(sum, at(behind_, t + 1, s + 1) + emits(t + 1, s + 1));
        if (s + 2 <= last && skips(s + 2))
          sum = log_sum(sum, at(behind_, t + 1, s + 2) + emits(t + 1, s + 2));
        at(behind_, t, s) = sum;
      }
    }
  }

  std::size_t classes_ = 0, times_ = 0;
  std::vector<std::size_t> states_;
  std::vector<double> log_softmax_, ahead_, behind_, share_;
};

class Ctc : public Loss {
 public:
  std::string name() const override { return "ctc"; }
  bool takes_classes() const override { return true; }
  void require_targets(const Shape& prediction, const Shape& target) const override {
    if (prediction.rank() != 2 || target.rank() != 1) refuse_shapes(name(), prediction, target);
  }
  Shape value_shape(const Shape&) const override { return {}; }
  void check(const LossRows& rows) const override { check_classes(rows.target, rows.prediction.shape()[-1]); }

  void values(const LossRows& rows, std::span<float> values) const override {
    for (std::size_t row = 0; row < values.size(); ++row) {
      set(rows, row);
      values[row] = static_cast<float>(-paths_.log_probability());
    }
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const std::size_t size = gradient.size() / factors.size();
    for (std::size_t row = 0; row < factors.size(); ++row) {
      set(rows, row);
      paths_.gradient(static_cast<double>(factors[row]), gradient.subspan(row * size, size));
    }
  }

 private:
  void set(const LossRows& rows, std::size_t row) const {
    const std::int64_t length = rows.target.shape()[1], first = static_cast<std::int64_t>(row) * length;
    labels_.clear();
    for (std::int64_t i = 0; i < length; ++i)
      labels_.push_back(static_cast<std::size_t>(class_at(rows.target, first + i)));
    labels_.resize(
        static_cast<std::size_t>(std::ranges::count_if(labels_, [](std::size_t c) { return c != 0; })));
    const std::size_t size = static_cast<std::size_t>(rows.prediction.elements() / rows.count());
    paths_.set(rows.prediction.span<float>().subspan(row * size, size),
               static_cast<std::size_t>(rows.prediction.shape()[-1]), labels_);
  }

  mutable Paths paths_;
  mutable std::vector<std::size_t> labels_;
};

}  // namespace

std::unique_ptr<Loss> ctc() {
  return std::make_unique<Ctc>();
}

}  // namespace ktrain
