#include "nn/losses/overlap.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"

namespace ktrain {
namespace {

struct Sums {
  double both = 0, target = 0, prediction = 0;
};

/// 1 - numerator · I / (own · I + target · T + prediction · P + epsilon)
struct Formula {
  double numerator, own, target, prediction;

  double value(const Sums& s) const { return 1 - numerator * s.both / denominator(s); }
  double slope(const Sums& s, double t) const {
    const double d = denominator(s);
    return -numerator * (t * d - s.both * (own * t + prediction)) / (d * d);
  }
  double denominator(const Sums& s) const {
    return own * s.both + target * s.target + prediction * s.prediction + 1e-7;
  }
};

void add(Sums& sums, float p, float t) {
  sums.both += static_cast<double>(p) * static_cast<double>(t);
  sums.target += static_cast<double>(t);
  sums.prediction += static_cast<double>(p);
}

class Overlap : public Loss {
 public:
  Overlap(std::string name, Formula formula) : name_(std::move(name)), formula_(formula) {}
  std::string name() const override { return name_; }

 protected:
  const Formula& formula() const { return formula_; }

 private:
  std::string name_;
  Formula formula_;
};

/// One value for the whole global batch.
class BatchOverlap : public Overlap {
 public:
  using Overlap::Overlap;
  Shape value_shape(const Shape&) const override { return {}; }
  bool couples_samples() const override { return true; }
  std::int64_t group_sum_count() const override { return 3; }

  void add_group_sums(const LossRows& rows, std::span<double> sums) const override {
    const float* p = rows.prediction.data<float>();
    const float* t = rows.target.data<float>();
    Sums own;
    for (std::int64_t i = 0; i < rows.prediction.elements(); ++i) add(own, p[i], t[i]);
    sums[0] += own.both;
    sums[1] += own.target;
    sums[2] += own.prediction;
  }
  void values(const LossRows& rows, std::span<float> values) const override {
    std::ranges::fill(values, static_cast<float>(formula().value(total(rows))));
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const Sums sums = total(rows);
    const auto targets = rows.target.span<float>();
    const std::size_t per_row = gradient.size() / factors.size();
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      gradient[i] = static_cast<float>(static_cast<double>(factors[i / per_row]) *
                                       formula().slope(sums, static_cast<double>(targets[i])));
    }
  }

 private:
  static Sums total(const LossRows& rows) {
    return {rows.group_sums[0], rows.group_sums[1], rows.group_sums[2]};
  }
};

/// Values over some axes of each sample.
class AxesOverlap : public Overlap {
 public:
  AxesOverlap(std::string name, Formula formula, std::vector<int> axes)
      : Overlap(std::move(name), formula), axes_(std::move(axes)) {}

  Shape value_shape(const Shape& prediction) const override {
    std::vector<std::int64_t> kept;
    for (int axis = 0; axis < prediction.rank(); ++axis) {
      if (!reduces(axis, prediction.rank())) kept.push_back(prediction[axis]);
    }
    return Shape(kept);
  }

  void values(const LossRows& rows, std::span<float> values) const override {
    for_each_sample(rows, [&](std::int64_t row, std::span<const Sums> sums) {
      for (std::size_t i = 0; i < sums.size(); ++i) {
        values[static_cast<std::size_t>(row) * sums.size() + i] =
            static_cast<float>(formula().value(sums[i]));
      }
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const auto targets = rows.target.span<float>();
    for_each_sample(rows, [&](std::int64_t row, std::span<const Sums> sums) {
      const auto first = static_cast<std::size_t>(row) * slots_.size();
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        const auto factor =
            static_cast<double>(factors[static_cast<std::size_t>(row) * sums.size() + slots_[i]]);
        gradient[first + i] = static_cast<float>(
            factor * formula().slope(sums[slots_[i]], static_cast<double>(targets[first + i])));
      }
    });
  }

 private:
  bool reduces(int axis, int sample_rank) const {
    return std::ranges::any_of(axes_, [&](int a) { return (a < 0 ? a + sample_rank : a - 1) == axis; });
  }

  void prepare(const Shape& sample) const {
    if (slots_.size() == static_cast<std::size_t>(sample.elements()) && sample == prepared_) return;
    prepared_ = sample;
    slots_.assign(static_cast<std::size_t>(sample.elements()), 0);
    sums_.resize(static_cast<std::size_t>(value_shape(sample).elements()));
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      std::int64_t rest = static_cast<std::int64_t>(i), stride = 1, slot = 0;
      for (int axis = sample.rank() - 1; axis >= 0; --axis) {
        const std::int64_t at = rest % sample[axis];
        rest /= sample[axis];
        if (reduces(axis, sample.rank())) continue;
        slot += at * stride;
        stride *= sample[axis];
      }
      slots_[i] = static_cast<std::size_t>(slot);
    }
  }

  template <typename Body>
  void for_each_sample(const LossRows& rows, const Body& body) const {
    prepare(rows.prediction.shape().sample());
    const auto predictions = rows.prediction.span<float>(), targets = rows.target.span<float>();
    for (std::int64_t row = 0; row < rows.count(); ++row) {
      std::ranges::fill(sums_, Sums());
      const auto first = static_cast<std::size_t>(row) * slots_.size();
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        add(sums_[slots_[i]], predictions[first + i], targets[first + i]);
      }
      body(row, std::span<const Sums>(sums_));
    }
  }

  std::vector<int> axes_;
  mutable Shape prepared_;
  mutable std::vector<std::size_t> slots_;  ///< of a sample's elements: which value it belongs to
  mutable std::vector<Sums> sums_;          ///< of the sample under way
};

std::unique_ptr<Loss> overlap(const std::string& name, Formula formula, const LossOptions& options) {
  if (!options.axis) return std::make_unique<BatchOverlap>(name, formula);
  if (std::ranges::find(*options.axis, 0) != options.axis->end()) {
    throw Error(ExitCode::kConfiguration,
                text("loss ", name, ": axis 0, the batch, only together with all others (axis=null)"));
  }
  return std::make_unique<AxesOverlap>(name, formula, *options.axis);
}

}  // namespace

std::unique_ptr<Loss> dice(const LossOptions& options) {
  return overlap("dice", {.numerator = 2, .own = 0, .target = 1, .prediction = 1}, options);
}

std::unique_ptr<Loss> tversky(const LossOptions& options) {
  const double alpha = options.alpha.empty() ? 0.5 : options.alpha[0], beta = options.beta.value_or(0.5);
  return overlap("tversky", {.numerator = 1, .own = 1 - alpha - beta, .target = alpha, .prediction = beta},
                 options);
}

}  // namespace ktrain
