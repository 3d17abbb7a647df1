#include "nn/categorical_crossentropy.h"

#include "core/check.h"
#include "nn/class_distribution.h"
#include "nn/pairs.h"

namespace ktrain {
namespace {

// t(1 - s) + s / classes
struct Smoothing {
  float factor, offset;
  float operator()(float t) const { return t * factor + offset; }
};

template <typename Distribution>
class CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(double label_smoothing) : label_smoothing_(label_smoothing) {}

  std::string name() const override { return "categorical_crossentropy"; }
  std::int64_t elements_per_sample(const Shape& prediction, const Shape& target) const override {
    return elementwise_rows_per_sample(name(), prediction, target);
  }

  double numerator(const LossInput& input) const override {
    const LossRows rows = elementwise_rows(input);
    const Smoothing smoothed = smoothing(rows.width);
    return piecewise_sum(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
      Pairs pairs(input);
      double part = 0;
      for (std::int64_t row = begin; row < end; ++row) {
        const Distribution q(rows.of(input.prediction, row));
        const auto term = [q, smoothed](float x, float t) { return smoothed(t) * q.log_probability(x); };
        part -= static_cast<double>(rows.weight(row)) * pairs.sum(row * rows.width, rows.width, term);
      }
      return part;
    });
  }

  void gradient(const LossInput& input, float scale, TensorView gradient) const override {
    KTRAIN_CHECK(gradient.shape() == input.prediction.shape(), gradient.shape(), input.prediction.shape());
    const LossRows rows = elementwise_rows(input);
    const Smoothing smoothed = smoothing(rows.width);
    parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
      Pairs pairs(input);
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t first = row * rows.width;
        const Distribution q(rows.of(input.prediction, row));
        const auto passing = [q, smoothed](float x, float t) { return smoothed(t) * q.passes(x); };
        const auto mass = static_cast<float>(pairs.sum(first, rows.width, passing));
        const float factor = scale * rows.weight(row);
        pairs.map(first, rows.width, gradient.data<float>(),
                  [=](float x, float t) { return factor * (mass * q.share(x) - smoothed(t) * q.pull(x)); });
      }
    });
  }

 private:
  Smoothing smoothing(std::int64_t classes) const {
    return {static_cast<float>(1 - label_smoothing_),
            static_cast<float>(label_smoothing_ / static_cast<double>(classes))};
  }

  double label_smoothing_;
};

template <typename Distribution>
class SparseCategoricalCrossentropy : public Loss {
 public:
  std::string name() const override { return "sparse_categorical_crossentropy"; }
  std::int64_t elements_per_sample(const Shape& prediction, const Shape& target) const override {
    return class_rows_per_sample(name(), prediction, target);
  }

  double numerator(const LossInput& input) const override {
    const LossRows rows = checked_rows(input);
    return piecewise_sum(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
      double part = 0;
      for (std::int64_t row = begin; row < end; ++row) {
        const auto x = rows.of(input.prediction, row);
        const float of_target = x[static_cast<std::size_t>(class_at(input.target, row))];
        part -= static_cast<double>(rows.weight(row)) *
                static_cast<double>(Distribution(x).log_probability(of_target));
      }
      return part;
    });
  }

  void gradient(const LossInput& input, float scale, TensorView gradient) const override {
    KTRAIN_CHECK(gradient.shape() == input.prediction.shape(), gradient.shape(), input.prediction.shape());
    const LossRows rows = checked_rows(input);
    parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const auto x = rows.of(input.prediction, row);
        const auto target = static_cast<std::size_t>(class_at(input.target, row));
        const Distribution q(x);
        const float factor = scale * rows.weight(row);
        const float mass = factor * q.passes(x[target]);
        float* g = gradient.data<float>() + row * rows.width;
        map_range(x.data(), g, rows.width, [q, mass](float value) { return mass * q.share(value); });
        g[target] -= factor * q.pull(x[target]);
      }
    });
  }

 private:
  static LossRows checked_rows(const LossInput& input) {
    const LossRows rows = class_rows(input);
    KTRAIN_CHECK(input.target.elements() == rows.count, input.target.shape(), input.prediction.shape());
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const std::int64_t index = class_at(input.target, row);
      if (0 <= index && index < rows.width) continue;
      const std::int64_t rows_per_sample = rows.count / input.prediction.shape()[0];
      throw BadTarget(row / rows_per_sample, text("class ", *FloatReader(input.target).read(row, 1),
                                                  " is outside [0, ", rows.width, ")"));
    }
    return rows;
  }
};

}  // namespace

std::unique_ptr<Loss> categorical_crossentropy(const LossOptions& options) {
  const double smoothing = options.label_smoothing;
  if (options.from_logits) return std::make_unique<CategoricalCrossentropy<Logits>>(smoothing);
  return std::make_unique<CategoricalCrossentropy<Probabilities>>(smoothing);
}

std::unique_ptr<Loss> sparse_categorical_crossentropy(const LossOptions& options) {
  if (options.from_logits) return std::make_unique<SparseCategoricalCrossentropy<Logits>>();
  return std::make_unique<SparseCategoricalCrossentropy<Probabilities>>();
}

}  // namespace ktrain
