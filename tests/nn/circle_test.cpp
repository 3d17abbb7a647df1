// keras.losses.Circle by its formula; tests/keras/losses_metrics.py compares it with Keras.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ktrain/nn/metric.h"
#include "ktrain/nn/reduced_loss.h"
#include "nn/tensors.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

struct Batch {
  Tensor embeddings, classes;
  LossInput rows(std::int64_t begin, std::int64_t end) const {
    LossInput input = {embeddings.view().rows(begin, end), classes.view().rows(begin, end), {}};
    input.first_row = begin;
    return input;
  }
};

/// Three unit vectors: (1, 0), (cos a, sin a), (cos b, sin b).
Batch batch_of(double a, double b, const std::vector<std::int64_t>& classes) {
  const auto number = [](double x) { return static_cast<float>(x); };
  return {tensor({3, 2}, {1.0F, 0.0F, number(std::cos(a)), number(std::sin(a)), number(std::cos(b)),
                          number(std::sin(b))}),
          tensor<std::int64_t>({3}, classes)};
}

ReducedLoss loss_of(const LossOptions& options = {}) {
  return ReducedLoss("Circle", options, {Shape{2}, Shape{}, std::nullopt, std::nullopt, 3});
}

double value_of(const Batch& batch, const LossOptions& options) {
  ReducedLoss loss = loss_of(options);
  std::vector<double> sums(loss.group_sum_count());
  loss.add_group_sums(batch.rows(0, 3), sums);
  return loss.part(batch.rows(0, 3), 3, sums);
}

double softplus(double x) {
  return std::log(1 + std::exp(x));
}

// Samples 0 and 1 are of one class, 2 is alone and masked: each of the two has one partner and one other.
TEST(Circle, ComparesEverySampleWithEveryOther) {
  const double a = 0.7, b = 1.9, g = 3, m = 0.25;
  const double same = 1 - std::cos(a), from_0 = 1 - std::cos(b), from_1 = 1 - std::cos(b - a);
  const auto value = [&](double other) {
    return softplus(-g * (m + same) * (m - same) + g * std::max(1 + m - other, 0.0) * (1 - m - other));
  };
  const double expected = (value(from_0) + value(from_1)) / 2;
  EXPECT_NEAR(value_of(batch_of(a, b, {4, 4, 7}), {.gamma = g, .margin = m}), expected, 1e-6);
}

// The two at one place have each other and themselves as partners and one other, the third only itself and
// two others: either way a logarithm of two.
TEST(Circle, CountsASampleAsItsOwnPartnerWithoutRemoveDiagonal) {
  const double b = 1.1, g = 3, m = 0.25, other = 1 - std::cos(b);
  const LossOptions options = {.gamma = g, .margin = m, .remove_diagonal = false};
  const double expected = softplus(-g * m * m + std::log(2.0) + g * (1 + m - other) * (1 - m - other));
  EXPECT_NEAR(value_of(batch_of(0, b, {4, 4, 7}), options), expected, 1e-6);
}

TEST(Circle, HasNoValueWithoutPartners) {
  EXPECT_EQ(value_of(batch_of(0.7, 1.9, {1, 2, 3}), {}), 0);
  EXPECT_EQ(value_of(batch_of(0.7, 1.9, {1, 1, 1}), {}), 0);
}

TEST(Circle, GradientIsTheDerivativeWithRespectToEveryEmbedding) {
  const LossOptions options = {.gamma = 2, .margin = 0.3};
  Batch batch = batch_of(0.7, 1.9, {4, 4, 7});
  ReducedLoss loss = loss_of(options);
  std::vector<double> sums(loss.group_sum_count());
  loss.add_group_sums(batch.rows(0, 3), sums);
  Tensor gradient({3, 2});
  loss.gradient(batch.rows(0, 3), 3, sums, 1, gradient.view());
  for (std::size_t i = 0; i < 6; ++i) {
    float& element = batch.embeddings.span<float>()[i];
    const float middle = element;
    element = middle + 1e-3F;
    const double above = value_of(batch, options), step_above = static_cast<double>(element - middle);
    element = middle - 1e-3F;
    const double below = value_of(batch, options), step_below = static_cast<double>(middle - element);
    element = middle;
    EXPECT_NEAR(gradient.span<float>()[i], (above - below) / (step_above + step_below), 1e-3) << i;
  }
}

TEST(Circle, PartsOfABatchAddUpToTheSameBits) {
  const Batch batch = batch_of(0.7, 1.9, {4, 4, 7});
  ReducedLoss loss = loss_of();
  std::vector<double> whole(loss.group_sum_count()), sums(loss.group_sum_count());
  loss.add_group_sums(batch.rows(0, 3), whole);
  for (const auto& [begin, end] : {std::pair{2, 3}, std::pair{0, 1}, std::pair{1, 2}}) {
    loss.add_group_sums(batch.rows(begin, end), sums);
  }
  EXPECT_EQ(sums, whole);
  Tensor gradient({3, 2}), part({1, 2});
  loss.gradient(batch.rows(0, 3), 3, whole, 1, gradient.view());
  double value = 0;
  for (std::int64_t row = 0; row < 3; ++row) {
    value += loss.part(batch.rows(row, row + 1), 3, sums);
    loss.gradient(batch.rows(row, row + 1), 3, sums, 1, part.view());
    EXPECT_EQ(part.span<float>()[1], gradient.span<float>()[2 * static_cast<std::size_t>(row) + 1]);
  }
  EXPECT_NEAR(value, loss.part(batch.rows(0, 3), 3, whole), 1e-12 * value);
}

TEST(Circle, IsALossOfVectorsWithAClassEach) {
  const auto refuse = [](const Shape& prediction, const Shape& target, const LossOptions& options) {
    testing::expect_error(
        ExitCode::kConfiguration,
        [&] {
          ReducedLoss("circle", options, {prediction, target});
        },
        "circle");
  };
  refuse({4, 3}, {4}, {});
  refuse({4}, {2}, {});
  refuse({4}, {}, {.delta = 2});
  testing::expect_error(
      ExitCode::kConfiguration,
      [] {
        make_metric({"circle"}, {Shape{4}, Shape{}});
      },
      "circle");
}

}  // namespace
}  // namespace ktrain
