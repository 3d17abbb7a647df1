#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/dense.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

/// x·kernel + bias and its gradients in float64; x (rows, in), kernel (in, units).
struct Reference {
  std::size_t rows, in, units;

  std::vector<double> forward(std::span<const float> x, std::span<const float> w,
                              std::span<const float> b) const {
    std::vector<double> y(rows * units);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!b.empty()) y[i] = b[i % units];
      for (std::size_t k = 0; k < in; ++k) {
        y[i] += static_cast<double>(x[i / units * in + k]) * w[k * units + i % units];
      }
    }
    return y;
  }
  std::vector<double> input_gradient(std::span<const float> w, std::span<const float> dy) const {
    std::vector<double> dx(rows * in);
    for (std::size_t i = 0; i < dx.size(); ++i) {
      for (std::size_t u = 0; u < units; ++u) {
        dx[i] += static_cast<double>(dy[i / in * units + u]) * w[i % in * units + u];
      }
    }
    return dx;
  }
  std::vector<double> kernel_gradient(std::span<const float> x, std::span<const float> dy) const {
    std::vector<double> dw(in * units);
    for (std::size_t i = 0; i < dw.size(); ++i) {
      for (std::size_t r = 0; r < rows; ++r) {
        dw[i] += static_cast<double>(x[r * in + i / units]) * dy[r * units + i % units];
      }
    }
    return dw;
  }
  std::vector<double> bias_gradient(std::span<const float> dy) const {
    std::vector<double> db(units);
    for (std::size_t i = 0; i < dy.size(); ++i) db[i % units] += dy[i];
    return db;
  }
};

std::unique_ptr<Layer> dense(std::int64_t units, bool use_bias = true, ActivationKind kind = {}) {
  return make_dense("dense", {.units = units, .activation = {.kind = kind}, .use_bias = use_bias});
}

void expect_reference(const Shape& sample, std::int64_t rows, std::int64_t units, bool use_bias) {
  SCOPED_TRACE(to_string(sample));
  LayerRun run(dense(units, use_bias), sample);
  Shape out = sample;
  out[-1] = units;
  ASSERT_EQ(run.output_sample(), out);
  const Tensor x = pattern(sample.batched(rows), 1);
  const Tensor dy = pattern(out.batched(rows), 2);
  const auto result = run.run(x, dy);
  const Reference expected{static_cast<std::size_t>(out.elements() * rows / units),
                           static_cast<std::size_t>(sample[-1]), static_cast<std::size_t>(units)};
  const std::span<const float> w = run.parameter(0).span<float>();
  const std::span<const float> b = use_bias ? run.parameter(1).span<float>() : std::span<float>();
  const auto close = [](const Tensor& actual, const std::vector<double>& values) {
    return difference(actual.span<float>(), values) < 4e-6;
  };
  EXPECT_TRUE(close(result.output, expected.forward(x.span<float>(), w, b)));
  EXPECT_TRUE(close(result.input_gradient, expected.input_gradient(w, dy.span<float>())));
  EXPECT_TRUE(
      close(result.parameter_gradients[0], expected.kernel_gradient(x.span<float>(), dy.span<float>())));
  if (use_bias) {
    EXPECT_TRUE(close(result.parameter_gradients[1], expected.bias_gradient(dy.span<float>())));
  }
}

TEST(Dense, IsKerasFormula) {
  for (const bool use_bias : {true, false}) {
    expect_reference({5}, 3, 7, use_bias);
    expect_reference({1}, 1, 1, use_bias);
    expect_reference({784}, 33, 10, use_bias);
    expect_reference({64}, 32, 128, use_bias);
    expect_reference({4, 6}, 3, 5, use_bias);
    expect_reference({2, 3, 17}, 2, 16, use_bias);
  }
}

TEST(Dense, AppliesReluForwardAndBackward) {
  const Tensor x = pattern({9, 31}, 1);
  const Tensor dy = pattern({9, 20}, 2);
  const Tensor linear = LayerRun(dense(20), {31}).forward(x);
  LayerRun run(dense(20, true, ActivationKind::kRelu), {31});
  const auto result = run.run(x, dy);
  std::vector<float> masked;
  for (std::size_t i = 0; i < linear.span<float>().size(); ++i) {
    const float before = linear.span<float>()[i];
    EXPECT_EQ(result.output.span<float>()[i], std::max(before, 0.0F));
    masked.push_back(before > 0 ? dy.span<float>()[i] : 0);
  }
  const Reference expected{9, 31, 20};
  EXPECT_LT(difference(result.input_gradient.span<float>(),
                       expected.input_gradient(run.parameter(0).span<float>(), masked)),
            4e-6);
  EXPECT_LT(difference(result.parameter_gradients[1].span<float>(), expected.bias_gradient(masked)), 4e-6);
}

/// Every activation: softmax couples elements, gelu needs its input, glu halves the axis.
TEST(Dense, GradientsAreTheSlopeOfTheLoss) {
  for (const auto kind : {ActivationKind::kSoftmax, ActivationKind::kGelu, ActivationKind::kTanh,
                          ActivationKind::kGlu, ActivationKind::kSilu}) {
    LayerRun run(dense(6, true, kind), {5});
    const Tensor x = pattern({4, 5}, 1);
    const Tensor dy = pattern(run.output_sample().batched(4), 2);
    const auto result = run.run(x, dy);
    const auto loss = [&] {
      const Tensor y = run.forward(x);
      double sum = 0;
      for (std::size_t i = 0; i < y.span<float>().size(); ++i) {
        sum += static_cast<double>(y.span<float>()[i]) * dy.span<float>()[i];
      }
      return sum;
    };
    for (const std::size_t i : {0U, 7U, 29U}) {
      float& weight = run.parameter(0).span<float>()[i];
      const float kept = weight;
      weight = kept + 1e-2F;
      const double up = loss();
      weight = kept - 1e-2F;
      const double down = loss();
      weight = kept;
      EXPECT_NEAR((up - down) / 2e-2, result.parameter_gradients[0].span<float>()[i], 1e-3)
          << static_cast<int>(kind) << " weight " << i;
    }
  }
}

TEST(Dense, RowsDoNotDependOnTheirNumber) {
  LayerRun run(dense(48), {300});
  const Tensor x = pattern({64, 300}, 1);
  Tensor few({5, 300});
  std::copy_n(x.span<float>().begin(), few.span<float>().size(), few.span<float>().begin());
  const Tensor all = run.forward(x);
  const Tensor five = run.forward(few);
  for (std::size_t i = 0; i < five.span<float>().size(); ++i) {
    ASSERT_EQ(five.span<float>()[i], all.span<float>()[i]);
  }
}

TEST(Dense, ThreadCountMovesRoundingOnly) {
  const Tensor x = pattern({128, 300}, 1);
  const Tensor dy = pattern({128, 64}, 2);
  const int before = thread_count();
  LayerRun run(dense(64), {300});
  set_thread_count(1);
  const auto one = run.run(x, dy);
  set_thread_count(2);
  const auto two = run.run(x, dy);
  set_thread_count(before);
  EXPECT_LT(difference(two.output.span<float>(), one.output.span<float>()), 1e-6);
  EXPECT_LT(difference(two.input_gradient.span<float>(), one.input_gradient.span<float>()), 1e-6);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_LT(difference(two.parameter_gradients[i].span<float>(), one.parameter_gradients[i].span<float>()),
              4e-6);
  }
}

TEST(Dense, DeclaresKerasVariables) {
  const auto layer = make_dense("dense", {.units = 4}, false);
  const Shape sample{3};
  layer->build(std::span(&sample, 1));
  layer->build(std::span(&sample, 1));
  ASSERT_EQ(layer->parameter_specs().size(), 2U);
  EXPECT_EQ(layer->parameter_specs()[0].name, "kernel");
  EXPECT_EQ(layer->parameter_specs()[0].shape, (Shape{3, 4}));
  EXPECT_EQ(layer->parameter_specs()[1].shape, (Shape{4}));
  EXPECT_FALSE(layer->parameter_specs()[0].trainable);
  const Shape other{5};
  expect_error(
      ExitCode::kConfiguration, [&] { layer->build(std::span(&other, 1)); }, "dense", "(3, 4)");
  expect_error(
      ExitCode::kConfiguration, [] { dense(0); }, "dense", "Dense", "units");
  const std::vector<Shape> two{sample, sample};
  expect_error(
      ExitCode::kConfiguration, [&] { layer->build(two); }, "one input");
}

}  // namespace
}  // namespace ktrain::testing
