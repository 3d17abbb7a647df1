#include <algorithm>
#include <utility>

#include "core/text.h"
#include "nn/losses/alignment.h"
#include "nn/losses/categorical_losses.h"
#include "nn/losses/class_distribution.h"
#include "nn/losses/row_sums.h"
#include "nn/losses/smoothing.h"

namespace ktrain {
namespace {

template <typename Distribution>
class CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(ClassSmoothing smoothing) : smoothing_(smoothing) {}

  std::string name() const override { return "categorical_crossentropy"; }

  void values(const LossRows& rows, std::span<float> values) const override {
    const auto smoothed = smoothing_.over(rows);
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const Distribution q(p);
      const double sum =
          sum_of_pairs(p.data(), rows.target.data<float>() + row * std::ssize(p), std::ssize(p),
                       [q, smoothed](float x, float t) { return smoothed(t) * q.log_probability(x); });
      values[static_cast<std::size_t>(row)] = static_cast<float>(-sum);
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const auto smoothed = smoothing_.over(rows);
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const std::int64_t width = std::ssize(p);
      const float* t = rows.target.data<float>() + row * width;
      const Distribution q(p);
      const auto passing = [q, smoothed](float x, float y) { return smoothed(y) * q.passes(x); };
      const auto mass = static_cast<float>(sum_of_pairs(p.data(), t, width, passing));
      const float factor = factors[static_cast<std::size_t>(row)];
      map_range(p.data(), t, gradient.data() + row * width, width,
                [=](float x, float y) { return factor * (mass * q.share(x) - smoothed(y) * q.pull(x)); });
    });
  }

 private:
  ClassSmoothing smoothing_;
};

template <typename Distribution>
class SparseCategoricalCrossentropy : public Loss {
 public:
  SparseCategoricalCrossentropy(std::optional<std::int64_t> ignored, int axis)
      : ignored_(ignored), axis_(axis) {}

  std::string name() const override { return "sparse_categorical_crossentropy"; }
  bool takes_classes() const override { return true; }
  Shape value_shape(const Shape& prediction) const override {
    if (axis_ != -1 && axis_ != prediction.rank()) {
      throw Error(ExitCode::kConfiguration,
                  text("loss ", name(), ": axis ", axis_, " is not the last one, which alone Keras takes"));
    }
    return Loss::value_shape(prediction);
  }
  void check(const LossRows& rows) const override {
    check_classes(rows.target, rows.prediction.shape()[-1], ignored_);
  }

  void values(const LossRows& rows, std::span<float> values) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const std::int64_t target = class_at(rows.target, row);
      values[static_cast<std::size_t>(row)] =
          ignores(target) ? 0 : -Distribution(p).log_probability(p[static_cast<std::size_t>(target)]);
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const std::span<float> g = gradient.subspan(static_cast<std::size_t>(row) * p.size(), p.size());
      const std::int64_t target = class_at(rows.target, row);
      if (ignores(target)) {
        std::ranges::fill(g, 0.0F);
        return;
      }
      row_gradient(p, static_cast<std::size_t>(target), factors[static_cast<std::size_t>(row)], g);
    });
  }

  bool has_mask() const override { return ignored_.has_value(); }
  void mask(const LossRows& rows, std::span<float> mask) const override {
    for (std::size_t i = 0; i < mask.size(); ++i)
      mask[i] = ignores(class_at(rows.target, static_cast<std::int64_t>(i))) ? 0.0F : 1.0F;
  }

 private:
  bool ignores(std::int64_t target) const { return ignored_ && target == *ignored_; }

  static void row_gradient(std::span<const float> p, std::size_t target, float factor, std::span<float> g) {
    const Distribution q(p);
    const float mass = factor * q.passes(p[target]);
    map_range(p.data(), g.data(), std::ssize(p), [q, mass](float value) { return mass * q.share(value); });
    g[target] -= factor * q.pull(p[target]);
  }

  std::optional<std::int64_t> ignored_;
  int axis_;
};

}  // namespace

std::unique_ptr<Loss> categorical_crossentropy(const LossOptions& options) {
  const ClassSmoothing smoothing(options.label_smoothing, axis_of(options));
  if (options.from_logits) return std::make_unique<CategoricalCrossentropy<Logits>>(smoothing);
  return std::make_unique<CategoricalCrossentropy<Probabilities>>(smoothing);
}

std::unique_ptr<Loss> sparse_categorical_crossentropy(const LossOptions& options) {
  const auto ignored = options.ignore_class;
  const int axis = axis_of(options);
  if (options.from_logits) return std::make_unique<SparseCategoricalCrossentropy<Logits>>(ignored, axis);
  return std::make_unique<SparseCategoricalCrossentropy<Probabilities>>(ignored, axis);
}

}  // namespace ktrain
