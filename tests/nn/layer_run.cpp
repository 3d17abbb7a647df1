#include "nn/layer_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ktrain::testing {
namespace {

Tensor nans(const Shape& shape) {
  Tensor tensor(shape);
  std::ranges::fill(tensor.span<float>(), std::numeric_limits<float>::quiet_NaN());
  return tensor;
}

template <typename T>
double largest_difference(std::span<const float> a, std::span<const T> b) {
  EXPECT_EQ(a.size(), b.size());
  double difference = 0;
  double largest = 1e-3;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return difference / largest;
}

}  // namespace

Tensor pattern(const Shape& shape, std::uint64_t seed) {
  Tensor tensor(shape);
  std::uint64_t state = seed * 2654435761U + 12345;
  for (float& value : tensor.span<float>()) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    value = static_cast<float>(static_cast<double>(state >> 40) / static_cast<double>(1 << 23) - 1.0);
  }
  return tensor;
}

double difference(std::span<const float> a, std::span<const double> b) {
  return largest_difference(a, b);
}
double difference(std::span<const float> a, std::span<const float> b) {
  return largest_difference(a, b);
}

LayerRun::LayerRun(std::unique_ptr<Layer> layer, const Shape& sample)
    : layer_(std::move(layer)), sample_(sample) {
  step_.training = true;
  step_.weights_version = 1;
  output_sample_ = layer_->build(std::span(&sample_, 1)).front();
  std::vector<TensorView> views;
  for (const ParameterSpec& spec : layer_->parameter_specs()) {
    parameters_.push_back(pattern(spec.shape, 77 + parameters_.size()));
    for (float& value : parameters_.back().span<float>()) value *= 0.5F;
  }
  for (Tensor& parameter : parameters_) views.push_back(parameter.view());
  layer_->bind(std::move(views));
}

LayerKernel& LayerRun::kernel(std::int64_t rows) {
  if (rows != kernel_rows_) kernel_ = layer_->prepare(rows, std::span(&sample_, 1), true, 0);
  kernel_rows_ = rows;
  return *kernel_;
}

Tensor LayerRun::forward(const Tensor& input) {
  ++step_.weights_version;
  Tensor output = nans(output_sample_.batched(input.shape()[0]));
  const ConstTensorView in = input.view();
  const TensorView out = output.view();
  kernel(input.shape()[0])
      .forward({.step = step_, .inputs = std::span(&in, 1), .outputs = std::span(&out, 1), .group_sums = {}});
  return output;
}

LayerRun::Result LayerRun::run(const Tensor& input, const Tensor& output_gradient) {
  return run_partly(input, output_gradient, true, true);
}

LayerRun::Result LayerRun::run_partly(const Tensor& input, const Tensor& output_gradient, bool want_input,
                                      bool want_parameters) {
  Result result;
  result.output = forward(input);
  const ConstTensorView in = input.view();
  const ConstTensorView out = std::as_const(result.output).view();
  const ConstTensorView gradient = output_gradient.view();
  if (want_input) result.input_gradient = nans(input.shape());
  const TensorView input_gradient = want_input ? result.input_gradient.view() : TensorView();
  std::vector<TensorView> views;
  for (const Tensor& parameter : parameters_) {
    result.parameter_gradients.push_back(nans(parameter.shape()));
  }
  for (Tensor& tensor : result.parameter_gradients) {
    views.push_back(want_parameters ? tensor.view() : TensorView());
  }
  kernel(input.shape()[0])
      .backward({.step = step_,
                 .inputs = std::span(&in, 1),
                 .outputs = std::span(&out, 1),
                 .output_gradients = std::span(&gradient, 1),
                 .input_gradients = std::span(&input_gradient, 1),
                 .parameter_gradients = views,
                 .forward_group_sums = {},
                 .group_sums = {}});
  return result;
}

}  // namespace ktrain::testing
