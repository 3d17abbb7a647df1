#include "data/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "read_rows.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::expect_error;
using testing::read_field;

std::vector<std::int64_t> first(std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

TEST(Synthetic, MakesImagesWithLabels) {
  const auto dataset = open_dataset("synthetic:images=28x28x1,classes=10,samples=5000,seed=3");
  EXPECT_EQ(dataset->size(), 5000);
  ASSERT_EQ(dataset->fields().size(), 2U);
  EXPECT_EQ(dataset->fields()[0].dtype, DType::kUint8);
  EXPECT_EQ(dataset->fields()[0].sample_shape, (Shape{28, 28, 1}));
  EXPECT_EQ(dataset->fields()[1].dtype, DType::kInt64);
  std::array<int, 10> histogram{};
  for (const std::int64_t label : read_field<std::int64_t>(*dataset, 1, first(5000))) {
    ++histogram.at(static_cast<std::size_t>(label));
  }
  // 500 each, with a standard deviation of 21.
  for (const int count : histogram) EXPECT_NEAR(count, 500, 107);
}

TEST(Synthetic, IsAPureFunctionOfSeedAndIndex) {
  const std::string inputs = "synthetic:images=5x7x3,classes=4,samples=100";
  const auto read = [&](const std::string& options, const std::vector<std::int64_t>& indices) {
    return read_field<std::uint8_t>(*open_dataset(inputs + options), 0, indices);
  };
  const auto whole = read("", first(100));
  const auto part = read("", {42, 7});
  EXPECT_TRUE(std::equal(part.begin(), part.begin() + 105, whole.begin() + 42 * 105));
  EXPECT_TRUE(std::equal(part.begin() + 105, part.end(), whole.begin() + 7 * 105));
  EXPECT_EQ(read(",first=40", {2}), read("", {42}));
  EXPECT_NE(read(",seed=1", {42}), read("", {42}));
  EXPECT_NE(read("", {41}), read("", {42}));
}

// The nearest class mean of 500 samples tells the class of 500 others.
TEST(Synthetic, ClassesCanBeLearned) {
  for (const char* inputs :
       {"synthetic:images=6x6x1,classes=5,samples=500", "synthetic:x=36,classes=5,samples=500"}) {
    const auto features = [&](const std::string& options) {
      const auto dataset = open_dataset(inputs + options);
      if (dataset->fields()[0].dtype == DType::kFloat32) return read_field<float>(*dataset, 0, first(500));
      const auto bytes = read_field<std::uint8_t>(*dataset, 0, first(500));
      return std::vector<float>(bytes.begin(), bytes.end());
    };
    const auto labels = [&](const std::string& options) {
      return read_field<std::int64_t>(*open_dataset(inputs + options), 1, first(500));
    };
    std::vector<double> means(5 * 36), counts(5);
    const auto seen = features("");
    const auto seen_labels = labels("");
    for (std::size_t i = 0; i < 500; ++i) {
      const auto label = static_cast<std::size_t>(seen_labels[i]);
      ++counts[label];
      for (std::size_t j = 0; j < 36; ++j) means[label * 36 + j] += seen[i * 36 + j];
    }
    for (std::size_t k = 0; k < means.size(); ++k) means[k] /= counts[k / 36];

    const auto others = features(",first=500");
    const auto other_labels = labels(",first=500");
    EXPECT_NE(others, seen);
    int right = 0;
    for (std::size_t i = 0; i < 500; ++i) {
      std::array<double, 5> distances{};
      for (std::size_t k = 0; k < means.size(); ++k) {
        const double difference = means[k] - others[i * 36 + k % 36];
        distances[k / 36] += difference * difference;
      }
      right +=
          std::min_element(distances.begin(), distances.end()) - distances.begin() == other_labels[i] ? 1 : 0;
    }
    EXPECT_GE(right, 475) << inputs;
  }
}

// Uniform on [-1, 1): mean 0, variance 1/3.
TEST(Synthetic, InputsOfRegressionAreUniform) {
  const auto dataset = open_dataset("synthetic:x=50,targets=2,samples=400");
  double sum = 0, squares = 0;
  const auto values = read_field<float>(*dataset, 0, first(400));
  for (const double value : values) {
    EXPECT_GE(value, -1);
    EXPECT_LT(value, 1);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 20000, 0, 5 * std::sqrt(1.0 / 3 / 20000));
  EXPECT_NEAR(squares / 20000, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / 20000));
}

// With two numbers of input, three samples determine the map and predict the fourth.
TEST(Synthetic, TargetsAreLinearInAllInputs) {
  const auto dataset = open_dataset("synthetic:x_a=1,x_b=1,targets=3,samples=4");
  ASSERT_EQ(dataset->fields().size(), 3U);
  EXPECT_EQ(dataset->fields()[0].name, "a");
  EXPECT_EQ(dataset->fields()[1].name, "b");
  EXPECT_EQ(dataset->fields()[2].sample_shape, Shape{3});
  const auto a = read_field<float>(*dataset, 0, first(4));
  const auto b = read_field<float>(*dataset, 1, first(4));
  const auto y = read_field<float>(*dataset, 2, first(4));
  for (std::size_t k = 0; k < 3; ++k) {
    const double determinant = double{a[0]} * b[1] - double{a[1]} * b[0];
    const double weight_a = (double{y[k]} * b[1] - double{y[3 + k]} * b[0]) / determinant;
    const double weight_b = (double{a[0]} * y[3 + k] - double{a[1]} * y[k]) / determinant;
    EXPECT_GT(std::abs(weight_a) + std::abs(weight_b), 0.01);
    for (std::size_t i = 2; i < 4; ++i) EXPECT_NEAR(y[3 * i + k], weight_a * a[i] + weight_b * b[i], 1e-5);
  }
}

TEST(Synthetic, LargeInputsRepeatTheirPattern) {
  const auto dataset = open_dataset("synthetic:x=5000,classes=1,samples=200");
  const auto values = read_field<float>(*dataset, 0, first(200));
  double near = 0, far = 0;
  for (std::size_t j = 0; j < 900; ++j) {
    double here = 0, there = 0, other = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      here += values[i * 5000 + j];
      there += values[i * 5000 + j + kPatternElements];
      other += values[i * 5000 + j + 2000];
    }
    near += std::abs(here - there) / 200;
    far += std::abs(here - other) / 200;
  }
  EXPECT_LT(near, 0.2 * far);
}

TEST(Synthetic, RefusesWrongSpecifications) {
  const auto open = [](const std::string& options) { return [=] { open_dataset("synthetic:" + options); }; };
  expect_error(ExitCode::kUsage, open("classes=10"), "no input");
  expect_error(ExitCode::kUsage, open(""), "no input");
  for (const char* shape :
       {"", "0", "28x", "x28", "28x28x", "-1", "a", "28 x 28", "99999x99999", "1x1x1x1x1x1x1x1"}) {
    expect_error(ExitCode::kUsage, open(std::string("images=") + shape), "is not a shape like 28x28x1");
  }
  expect_error(ExitCode::kUsage, open("x=1,classes=0"), "'classes' is '0'");
  expect_error(ExitCode::kUsage, open("x=1,samples=many"), "'samples' is 'many'", "at least 1");
  expect_error(ExitCode::kUsage, open("x=1,classes=2,targets=2"), "exclude each other");
  expect_error(ExitCode::kUsage, open("x=1,x_a=2"), "must all be named");
  expect_error(ExitCode::kUsage, open("x=1,colour=red"), "unknown option 'colour'");
}

}  // namespace
}  // namespace ktrain
