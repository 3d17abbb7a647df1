#include "nn/losses/circle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.h"
#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

/// log(sum of exp) of numbers one after the other.
class LogSum {
 public:
  void add(double x) {
    if (x > highest_) {
      sum_ = sum_ * std::exp(highest_ - x) + 1;
      highest_ = x;
    } else if (x != kNone) {
      sum_ += std::exp(x - highest_);
    }
  }
  double value() const { return highest_ == kNone ? kNone : highest_ + std::log(sum_); }

 private:
  double highest_ = kNone;
  double sum_ = 0;
};

/// Of a sample, with what weighs it in the gradient.
struct Pull {
  double same = kNone, other = kNone, factor = 0;

  double value() const {
    const double x = same + other;
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  }
  double slope() const { return 1 / (1 + std::exp(-(same + other))); }
};

class Circle final : public Loss {
 public:
  Circle(double gamma, double margin, bool remove_diagonal)
      : gamma_(gamma), margin_(margin), remove_diagonal_(remove_diagonal) {}

  std::string name() const override { return "circle"; }
  bool takes_classes() const override { return true; }
  void require_targets(const Shape& prediction, const Shape& target) const override {
    if (prediction.rank() != 1 || target.elements() != 1) refuse_shapes(name(), prediction, target);
  }
  Shape value_shape(const Shape&) const override { return {}; }
  bool compares_samples() const override { return true; }

  void values(const LossRows& rows, std::span<float> values) const override {
    const Batch batch(rows);
    for_each_sample(batch, [&](std::int64_t i) {
      values[static_cast<std::size_t>(i)] = static_cast<float>(pull_of(batch, i).value());
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const Batch batch(rows);
    pulls_.resize(static_cast<std::size_t>(batch.samples));
    for_each_sample(batch, [&](std::int64_t i) {
      Pull pull = pull_of(batch, i);
      pull.factor = static_cast<double>(factors[static_cast<std::size_t>(i)]) * pull.slope();
      pulls_[static_cast<std::size_t>(i)] = pull;
    });
    sums_.resize(gradient.size());
    for_each_sample(batch, [&](std::int64_t i) { add_gradient(batch, i, gradient.data()); });
  }

  bool has_mask() const override { return true; }
  void mask(const LossRows& rows, std::span<float> mask) const override {
    values(rows, mask);
    for (float& value : mask) value = value > 0 ? 1.0F : 0.0F;
  }

 private:
  struct Batch {
    explicit Batch(const LossRows& rows)
        : samples(rows.count()),
          width(rows.prediction.shape()[1]),
          embeddings(rows.prediction.data<float>()),
          target(rows.target) {}
    double similarity(std::int64_t i, std::int64_t k) const {
      double sum = 0;
      for (std::int64_t j = 0; j < width; ++j) {
        sum +=
            static_cast<double>(embeddings[i * width + j]) * static_cast<double>(embeddings[k * width + j]);
      }
      return sum;
    }
    // Keras takes labels through float32.
    bool same_class(std::int64_t i, std::int64_t k) const {
      return static_cast<float>(class_at(target, i)) == static_cast<float>(class_at(target, k));
    }

    std::int64_t samples, width;
    const float* embeddings;
    ConstTensorView target;
  };

  template <typename Body>
  static void for_each_sample(const Batch& batch, const Body& body) {
    parallel_for(batch.samples, 1 + 8192 / (batch.samples * batch.width),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) body(i);
                 });
  }

  double same_term(double d) const { return -gamma_ * std::max(margin_ + d, 0.0) * (margin_ - d); }
  double other_term(double d) const { return gamma_ * std::max(1 + margin_ - d, 0.0) * (1 - margin_ - d); }

  Pull pull_of(const Batch& batch, std::int64_t i) const {
    LogSum same, other;
    for (std::int64_t k = 0; k < batch.samples; ++k) {
      const double d = std::max(1 - batch.similarity(i, k), 0.0);
      if (!batch.same_class(i, k)) {
        other.add(other_term(d));
      } else if (k != i || !remove_diagonal_) {
        same.add(same_term(d));
      }
    }
    return {same.value(), other.value()};
  }

  /// d loss / d (e_i e_k) of the value of the sample that `pull` belongs to.
  double slope(const Pull& pull, double similarity, bool same) const {
    const double d = 1 - similarity;
    if (pull.factor == 0 || d <= 0) return 0;
    if (same) {
      return margin_ + d > 0 ? -pull.factor * std::exp(same_term(d) - pull.same) * 2 * gamma_ * d : 0;
    }
    const double share = 1 + margin_ - d > 0 ? std::exp(other_term(d) - pull.other) : 0;
    return pull.factor * share * 2 * gamma_ * (1 - d);
  }

  /// Sample i is compared with all others, and all others with it.
  void add_gradient(const Batch& batch, std::int64_t i, float* gradient) const {
    double* sums = sums_.data() + i * batch.width;
    std::fill_n(sums, batch.width, 0.0);
    for (std::int64_t k = 0; k < batch.samples; ++k) {
      const bool same = batch.same_class(i, k);
      if (k == i && remove_diagonal_) continue;
      const double similarity = batch.similarity(i, k);
      const double both = slope(pulls_[static_cast<std::size_t>(i)], similarity, same) +
                          slope(pulls_[static_cast<std::size_t>(k)], similarity, same);
      for (std::int64_t j = 0; j < batch.width; ++j) {
        sums[j] += both * static_cast<double>(batch.embeddings[k * batch.width + j]);
      }
    }
    for (std::int64_t j = 0; j < batch.width; ++j)
      gradient[i * batch.width + j] = static_cast<float>(sums[j]);
  }

  double gamma_, margin_;
  bool remove_diagonal_;
  mutable std::vector<Pull> pulls_;
  mutable std::vector<double> sums_;
};

}  // namespace

std::unique_ptr<Loss> circle(const LossOptions& options) {
  return std::make_unique<Circle>(options.gamma.value_or(80), options.margin.value_or(0.4),
                                  options.remove_diagonal.value_or(true));
}

}  // namespace ktrain
