#include "ops/activation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

Tensor tensor_of(const Shape& shape, const std::vector<float>& values) {
  Tensor tensor(shape);
  std::copy(values.begin(), values.end(), tensor.span<float>().begin());
  return tensor;
}

Tensor forward(const Activation& activation, const Tensor& x) {
  Tensor y(activation_output_shape(activation, x.view().shape()));
  activation_forward(activation, x.view(), y.view());
  return y;
}

Tensor backward(const Activation& activation, const Tensor& x, const Tensor& y, const Tensor& dy) {
  Tensor dx(x.shape());
  const bool input = backward_needs_input(activation);
  activation_backward(activation, input ? x.view() : ConstTensorView(), input ? ConstTensorView() : y.view(),
                      dy.view(), dx.view());
  return dx;
}

// What Keras 3.15.1 gives at these places, with default arguments.
const std::vector<float> kPlaces = {-3, -1, -0.5, 0, 0.5, 1, 3, 7};
const std::map<std::string, std::vector<float>> kKeras = {
    {"linear", {-3, -1, -0.5, 0, 0.5, 1, 3, 7}},
    {"relu", {0, 0, 0, 0, 0.5, 1, 3, 7}},
    {"relu6", {0, 0, 0, 0, 0.5, 1, 3, 6}},
    {"leaky_relu", {-0.6, -0.2, -0.1, 0, 0.5, 1, 3, 7}},
    {"elu", {-0.950213, -0.632121, -0.393469, 0, 0.5, 1, 3, 7}},
    {"selu", {-1.670569, -1.111331, -0.691758, 0, 0.52535, 1.050701, 3.152103, 7.354907}},
    {"celu", {-0.950213, -0.632121, -0.393469, 0, 0.5, 1, 3, 7}},
    {"gelu", {-0.00405, -0.158655, -0.154269, 0, 0.345731, 0.841345, 2.99595, 7}},
    {"silu", {-0.142278, -0.268941, -0.18877, 0, 0.31123, 0.731059, 2.857722, 6.993623}},
    {"swish", {-0.142278, -0.268941, -0.18877, 0, 0.31123, 0.731059, 2.857722, 6.993623}},
    {"softplus", {0.048587, 0.313262, 0.474077, 0.693147, 0.974077, 1.313262, 3.048587, 7.000912}},
    {"softsign", {-0.75, -0.5, -0.333333, 0, 0.333333, 0.5, 0.75, 0.875}},
    {"tanh", {-0.995055, -0.761594, -0.462117, 0, 0.462117, 0.761594, 0.995055, 0.999998}},
    {"sigmoid", {0.047426, 0.268941, 0.377541, 0.5, 0.622459, 0.731059, 0.952574, 0.999089}},
    {"hard_sigmoid", {0, 0.333333, 0.416667, 0.5, 0.583333, 0.666667, 1, 1}},
    {"hard_silu", {0, -0.333333, -0.208333, 0, 0.291667, 0.666667, 3, 7}},
    {"hard_swish", {0, -0.333333, -0.208333, 0, 0.291667, 0.666667, 3, 7}},
    {"hard_tanh", {-1, -1, -0.5, 0, 0.5, 1, 1, 1}},
    {"exponential", {0.049787, 0.367879, 0.606531, 1, 1.648721, 2.718282, 20.085537, 1096.633158}},
    {"mish", {-0.145647, -0.303401, -0.220744, 0, 0.375245, 0.865098, 2.986535, 6.999988}},
    {"log_sigmoid", {-3.048587, -1.313262, -0.974077, -0.693147, -0.474077, -0.313262, -0.048587, -0.000911}},
    {"squareplus", {0.302776, 0.618034, 0.780776, 1, 1.280776, 1.618034, 3.302776, 7.140055}},
    {"sparse_plus", {0, 0, 0.0625, 0.25, 0.5625, 1, 3, 7}},
    {"sparse_sigmoid", {0, 0, 0.25, 0.5, 0.75, 1, 1, 1}},
    {"tanh_shrink", {-2.004945, -0.238406, -0.037883, 0, 0.037883, 0.238406, 2.004945, 6.000002}},
    {"soft_shrink", {-2.5, -0.5, 0, 0, 0, 0.5, 2.5, 6.5}},
    {"hard_shrink", {-3, -1, 0, 0, 0, 1, 3, 7}},
    {"softmax", {0.000044, 0.000328, 0.00054, 0.00089, 0.001468, 0.00242, 0.017884, 0.976426}},
    {"log_softmax",
     {-10.023857, -8.023857, -7.523857, -7.023857, -6.523857, -6.023857, -4.023857, -0.023857}},
    {"sparsemax", {0, 0, 0, 0, 0, 0, 0, 1}},
};

TEST(Activation, AgreesWithKeras) {
  for (const auto& [name, expected] : kKeras) {
    const Tensor y = forward(activation_named(name).value(), tensor_of({1, 8}, kPlaces));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(y.span<float>()[i], expected[i], 2e-6 + 2e-7 * std::abs(expected[i]))
          << name << " at " << kPlaces[i];
    }
  }
}

TEST(Activation, GeneralReluAndApproximateGeluAgreeWithKeras) {
  const Tensor x = tensor_of({1, 8}, kPlaces);
  const Tensor relu =
      forward({.kind = ActivationKind::kRelu, .negative_slope = 0.1F, .max_value = 2, .threshold = 1}, x);
  const std::vector<float> expected_relu = {-0.4, -0.2, -0.15, -0.1, -0.05, 0, 2, 2};
  const Tensor gelu = forward({.kind = ActivationKind::kGelu, .approximate = true}, x);
  const std::vector<float> expected_gelu = {-0.003637, -0.158808, -0.154286, 0,
                                            0.345714,  0.841192,  2.996363,  7};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(relu.span<float>()[i], expected_relu[i], 1e-6);
    EXPECT_NEAR(gelu.span<float>()[i], expected_gelu[i], 2e-6);
  }
}

TEST(Activation, UnknownNameIsNothing) {
  EXPECT_FALSE(activation_named("relu7").has_value());
}

// The formulas in double, for values and, by central differences, for derivatives.
struct Formula {
  Activation activation;
  std::function<double(double)> f;
};

double sigma(double x) {
  return 1 / (1 + std::exp(-x));
}
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
double hard_sigmoid(double x) {
  return std::clamp(x + 3, 0.0, 6.0) / 6;
}

std::vector<Formula> formulas() {
  using Kind = ActivationKind;
  return {
      {{.kind = Kind::kRelu}, [](double x) { return std::max(x, 0.0); }},
      {{.kind = Kind::kRelu, .negative_slope = 0.25F, .max_value = 3, .threshold = 0.5F},
       [](double x) { return x > 3     ? 3
                             : x > 0.5 ? x
                                       : 0.25 * (x - 0.5); }},
      {{.kind = Kind::kElu, .alpha = 0.5F}, [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); }},
      {{.kind = Kind::kSelu},
       [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }},
      {{.kind = Kind::kCelu, .alpha = 2}, [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }},
      {{.kind = Kind::kGelu}, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }},
      {{.kind = Kind::kGelu, .approximate = true},
       [](double x) { return x * sigma(2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)); }},
      {{.kind = Kind::kSilu}, [](double x) { return x * sigma(x); }},
      {{.kind = Kind::kHardSigmoid}, hard_sigmoid},
      {{.kind = Kind::kKeras2HardSigmoid}, [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); }},
      {{.kind = Kind::kHardSilu}, [](double x) { return x * hard_sigmoid(x); }},
      {{.kind = Kind::kSoftplus}, softplus},
      {{.kind = Kind::kSoftsign}, [](double x) { return x / (1 + std::abs(x)); }},
      {{.kind = Kind::kTanh}, [](double x) { return std::tanh(x); }},
      {{.kind = Kind::kSigmoid}, sigma},
      {{.kind = Kind::kHardTanh}, [](double x) { return std::clamp(x, -1.0, 1.0); }},
      {{.kind = Kind::kExponential}, [](double x) { return std::exp(x); }},
      {{.kind = Kind::kMish}, [](double x) { return x * std::tanh(softplus(x)); }},
      {{.kind = Kind::kLogSigmoid}, [](double x) { return -softplus(-x); }},
      {{.kind = Kind::kTanhShrink}, [](double x) { return x - std::tanh(x); }},
      {{.kind = Kind::kSoftShrink, .threshold = 0.75F},
       [](double x) { return x > 0.75    ? x - 0.75
                             : x < -0.75 ? x + 0.75
                                         : 0; }},
      {{.kind = Kind::kHardShrink, .threshold = 0.75F}, [](double x) { return std::abs(x) > 0.75 ? x : 0; }},
      {{.kind = Kind::kThreshold, .threshold = 1.5F, .default_value = 2},
       [](double x) { return x > 1.5 ? x : 2; }},
      {{.kind = Kind::kSquareplus, .b = 3},
       [](double x) { return x < 0 ? 1.5 / (std::sqrt(x * x + 3) - x) : 0.5 * (x + std::sqrt(x * x + 3)); }},
      {{.kind = Kind::kSparsePlus},
       [](double x) { return x <= -1  ? 0
                             : x >= 1 ? x
                                      : (x + 1) * (x + 1) / 4; }},
      {{.kind = Kind::kSparseSigmoid}, [](double x) { return std::clamp((x + 1) / 2, 0.0, 1.0); }},
  };
}

// Off the kinks, which are at multiples of 1/4; 71 elements, so that vector loops have a tail.
std::vector<float> places() {
  std::vector<float> x;
  for (int i = 0; i < 71; ++i) x.push_back(0.21F * static_cast<float>(i - 40) + 0.013F);
  return x;
}

TEST(Activation, ValuesAreTheFormulas) {
  const Tensor x = tensor_of({1, 71}, places());
  for (const auto& [activation, f] : formulas()) {
    const Tensor y = forward(activation, x);
    for (std::size_t i = 0; i < 71; ++i) {
      const double expected = f(x.span<float>()[i]);
      // e^u is as exact as u: 20 · 2^-24 relative where the result is below 1e-7.
      const double tolerance = std::abs(expected) < 1e-6 ? 5e-6 : 1e-6;
      EXPECT_NEAR(y.span<float>()[i], expected, tolerance * std::abs(expected))
          << static_cast<int>(activation.kind) << " at " << x.span<float>()[i];
    }
  }
}

TEST(Activation, DerivativesAreTheFormulasDifferences) {
  const Tensor x = tensor_of({1, 71}, places());
  Tensor dy({1, 71});
  for (std::size_t i = 0; i < 71; ++i) dy.span<float>()[i] = 1 + 0.125F * static_cast<float>(i);
  for (const auto& [activation, f] : formulas()) {
    const Tensor dx = backward(activation, x, forward(activation, x), dy);
    for (std::size_t i = 0; i < 71; ++i) {
      const double at = x.span<float>()[i], h = 1e-5;
      const double expected = dy.span<float>()[i] * (f(at + h) - f(at - h)) / (2 * h);
      EXPECT_NEAR(dx.span<float>()[i], expected, 2e-6 * std::max(std::abs(expected), 1.0))
          << static_cast<int>(activation.kind) << " at " << at;
    }
  }
}

TEST(Activation, WorksInPlace) {
  for (const auto& [activation, f] : formulas()) {
    const Tensor x = tensor_of({1, 71}, places());
    const Tensor y = forward(activation, x);
    Tensor y_in_place = tensor_of({1, 71}, places());
    activation_forward(activation, y_in_place.view(), y_in_place.view());
    const Tensor dx = backward(activation, x, y, x);
    Tensor dx_in_place = tensor_of({1, 71}, places());
    activation_backward(activation, x.view(), y.view(), dx_in_place.view(), dx_in_place.view());
    for (std::size_t i = 0; i < 71; ++i) {
      EXPECT_EQ(y_in_place.span<float>()[i], y.span<float>()[i]);
      EXPECT_EQ(dx_in_place.span<float>()[i], dx.span<float>()[i]);
    }
  }
}

TEST(Activation, LimitsAreReached) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = tensor_of({4}, {-infinity, -1e6F, 1e6F, std::numeric_limits<float>::quiet_NaN()});
  for (const auto& [activation, f] : formulas()) {
    const Tensor y = forward(activation, x);
    const Tensor dx = backward(activation, x, y, tensor_of({4}, {1, 1, 1, 1}));
    const int kind = static_cast<int>(activation.kind);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(std::isnan(y.span<float>()[i])) << kind << " at " << i;
    for (std::size_t i = 1; i < 3; ++i) EXPECT_FALSE(std::isnan(dx.span<float>()[i])) << kind << " at " << i;
    const double expected = f(1e6);
    EXPECT_EQ(y.span<float>()[2], static_cast<float>(expected)) << kind;
    EXPECT_TRUE(std::isnan(y.span<float>()[3])) << kind;
  }
}

TEST(Activation, KinksTakeTheLeftDerivative) {
  const Tensor x = tensor_of({1}, {0});
  const Tensor dy = tensor_of({1}, {1});
  for (const auto& [name, slope] : std::map<std::string, float>{{"relu", 0}, {"leaky_relu", 0.2F}}) {
    const Activation activation = activation_named(name).value();
    EXPECT_EQ(backward(activation, x, forward(activation, x), dy).span<float>()[0], slope) << name;
  }
}

// sum(weights · f(x)) in double through the float functions, for differences in x.
std::vector<double> differences(const Activation& activation, const Tensor& x, const Tensor& weights) {
  std::vector<double> result;
  const auto value = [&](const Tensor& at) {
    const Tensor y = forward(activation, at);
    double sum = 0;
    for (std::size_t i = 0; i < y.span<float>().size(); ++i) {
      sum += double{y.span<float>()[i]} * weights.span<float>()[i];
    }
    return sum;
  };
  for (std::size_t i = 0; i < x.span<float>().size(); ++i) {
    double sides[2];
    for (int side = 0; side < 2; ++side) {
      Tensor moved(x.shape());
      std::copy(x.span<float>().begin(), x.span<float>().end(), moved.span<float>().begin());
      moved.span<float>()[i] += side == 0 ? -0x1p-7F : 0x1p-7F;
      sides[side] = value(moved);
    }
    result.push_back((sides[1] - sides[0]) * 0x1p6);
  }
  return result;
}

Tensor wave(const Shape& shape, float scale, float shift) {
  Tensor tensor(shape);
  for (std::size_t i = 0; i < tensor.span<float>().size(); ++i) {
    tensor.span<float>()[i] = scale * std::sin(1.7F * static_cast<float>(i) + shift);
  }
  return tensor;
}

TEST(Activation, AxisDerivativesAreDifferences) {
  for (const char* name : {"softmax", "log_softmax", "sparsemax", "glu"}) {
    for (const int axis : {-1, 1, 2}) {
      Activation activation = activation_named(name).value();
      activation.axis = axis;
      const Tensor x = wave({2, 4, 6, 20}, 0.5F, 0.3F);
      const Tensor y = forward(activation, x);
      const Tensor dy = wave(y.shape(), 1, 0.9F);
      const Tensor dx = backward(activation, x, y, dy);
      const std::vector<double> expected = differences(activation, x, dy);
      // A difference over a step that moves the support of sparsemax is no derivative.
      const bool sparse = std::string(name) == "sparsemax";
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        wrong += std::abs(dx.span<float>()[i] - expected[i]) > 3e-4 ? 1 : 0;
      }
      EXPECT_LE(wrong, sparse ? expected.size() / 10 : 0) << name << " along " << axis;
    }
  }
}

TEST(Activation, SoftmaxLinesAreDistributionsWhateverTheAxis) {
  Activation activation = activation_named("softmax").value();
  activation.axis = 1;
  const Tensor x = wave({3, 37, 5}, 20, 0.1F);
  const Tensor y = forward(activation, x);
  for (std::size_t line = 0; line < 15; ++line) {
    const std::size_t start = line / 5 * 185 + line % 5;
    double sum = 0, exact = 0;
    for (std::size_t k = 0; k < 37; ++k) exact += std::exp(double{x.span<float>()[start + 5 * k]});
    for (std::size_t k = 0; k < 37; ++k) {
      const double expected = std::exp(double{x.span<float>()[start + 5 * k]}) / exact;
      EXPECT_NEAR(y.span<float>()[start + 5 * k], expected, 3e-6 * expected + 1e-37);
      sum += y.span<float>()[start + 5 * k];
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(Activation, SparsemaxProjectsOnTheSimplex) {
  // By hand: support {1, 0.8}, tau = (1.8 - 1) / 2.
  const Tensor y = forward(activation_named("sparsemax").value(), tensor_of({1, 4}, {1, 0.8F, 0.1F, -2}));
  EXPECT_NEAR(y.span<float>()[0], 0.6, 1e-7);
  EXPECT_NEAR(y.span<float>()[1], 0.4, 1e-7);
  EXPECT_EQ(y.span<float>()[2], 0);
  EXPECT_EQ(y.span<float>()[3], 0);
}

TEST(Activation, GluGatesOneHalfByTheOther) {
  const Tensor y = forward(activation_named("glu").value(), tensor_of({2, 4}, {1, 2, 0, 3, -1, 5, -2, 1}));
  ASSERT_EQ(y.shape(), (Shape{2, 2}));
  const double expected[] = {0.5, 2 * sigma(3), -sigma(-2), 5 * sigma(1)};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(y.span<float>()[i], expected[i], 1e-6);
}

TEST(Activation, OutputShapeRefusesWhatDoesNotFit) {
  Activation glu = activation_named("glu").value();
  EXPECT_EQ(activation_output_shape(glu, {3, 8}), (Shape{3, 4}));
  EXPECT_THROW(activation_output_shape(glu, {3, 7}), Error);
  glu.axis = 2;
  EXPECT_THROW(activation_output_shape(glu, {3, 8}), Error);
}

TEST(Activation, ThreadsDoNotMoveABit) {
  const Tensor x = wave({1, 200001}, 4, 0);
  const Activation gelu = activation_named("gelu").value();
  const Tensor y = forward(gelu, x);
  for (std::size_t i = 0; i < 200001; i += 997) {
    const Tensor alone = forward(gelu, tensor_of({1}, {x.span<float>()[i]}));
    EXPECT_EQ(alone.span<float>()[0], y.span<float>()[i]);
  }
}

}  // namespace
}  // namespace ktrain
