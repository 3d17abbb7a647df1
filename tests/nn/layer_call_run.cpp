#include "nn/layer_call_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nn/layer_run.h"

namespace ktrain::testing {
namespace {

Tensor nans(const Shape& shape) {
  Tensor tensor(shape);
  std::ranges::fill(tensor.span<float>(), std::numeric_limits<float>::quiet_NaN());
  return tensor;
}

bool is_empty(const Tensor& tensor) {
  return std::as_const(tensor).view().empty();
}

}  // namespace

LayerCallRun::LayerCallRun(std::unique_ptr<Layer> layer, std::vector<Shape> sample_shapes)
    : layer_(std::move(layer)), shapes_(std::move(sample_shapes)), output_shapes_(layer_->build(shapes_)) {
  std::vector<TensorView> views;
  for (const ParameterSpec& spec : layer_->parameter_specs()) {
    parameters_.push_back(pattern(spec.shape, 77 + parameters_.size()));
    for (float& value : parameters_.back().span<float>()) value *= 0.5F;
  }
  for (Tensor& parameter : parameters_) views.push_back(parameter.view());
  layer_->bind(std::move(views));
}

std::vector<Tensor> LayerCallRun::forward(const std::vector<Tensor>& inputs) {
  const std::int64_t rows = inputs[0].shape()[0];
  ++step.weights_version;
  if (kernel_ == nullptr || rows != kernel_rows_ || step.training != kernel_training_) {
    kernel_ = layer_->prepare(rows, shapes_, step.training, 0);
    kernel_rows_ = rows;
    kernel_training_ = step.training;
  }
  inputs_.clear();
  for (const Tensor& input : inputs) inputs_.push_back(input.view());
  outputs_.clear();
  for (const Shape& shape : output_shapes_) outputs_.push_back(nans(shape.batched(rows)));
  std::vector<TensorView> views;
  for (Tensor& output : outputs_) views.push_back(output.view());
  sums_.assign(static_cast<std::size_t>(layer_->forward_sum_count(step)), 0.0);
  if (!sums_.empty()) {
    kernel_->forward_sums({.step = step, .inputs = inputs_, .outputs = views, .group_sums = {}}, sums_);
  }
  kernel_->forward({.step = step, .inputs = inputs_, .outputs = views, .group_sums = sums_});
  std::vector<Tensor> copies;
  for (const Tensor& output : outputs_) {
    copies.emplace_back(output.shape());
    std::ranges::copy(output.span<float>(), copies.back().span<float>().begin());
  }
  return copies;
}

LayerCallRun::Gradients LayerCallRun::backward(const std::vector<Tensor>& output_gradients,
                                               std::vector<bool> wanted) {
  wanted.resize(inputs_.size(), wanted.empty());
  Gradients result;
  std::vector<TensorView> inputs, parameters;
  for (const ConstTensorView& input : inputs_) result.inputs.push_back(nans(input.shape()));
  for (const Tensor& parameter : parameters_) result.parameters.push_back(nans(parameter.shape()));
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    inputs.push_back(wanted[i] ? result.inputs[i].view() : TensorView());
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const bool trainable = layer_->parameter_specs()[i].trainable;
    parameters.push_back(trainable ? result.parameters[i].view() : TensorView());
  }
  std::vector<ConstTensorView> outputs, gradients;
  for (const Tensor& output : outputs_) outputs.push_back(output.view());
  for (const Tensor& gradient : output_gradients) {
    gradients.push_back(is_empty(gradient) ? ConstTensorView() : gradient.view());
  }
  const auto call = [&](std::span<const double> sums) {
    return LayerKernel::Backward{.step = step,
                                 .inputs = inputs_,
                                 .outputs = outputs,
                                 .output_gradients = gradients,
                                 .input_gradients = inputs,
                                 .parameter_gradients = parameters,
                                 .forward_group_sums = sums_,
                                 .group_sums = sums};
  };
  std::vector<double> sums(static_cast<std::size_t>(layer_->backward_sum_count(step)));
  if (!sums.empty()) kernel_->backward_sums(call({}), sums);
  kernel_->backward(call(sums));
  return result;
}

namespace {

double weighted_sum(const std::vector<Tensor>& outputs, const std::vector<Tensor>& weights) {
  double sum = 0;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    for (std::size_t i = 0; i < outputs[k].span<float>().size(); ++i) {
      sum += double{outputs[k].span<float>()[i]} * weights[k].span<float>()[i];
    }
  }
  return sum;
}

}  // namespace

void expect_slopes(LayerCallRun& run, std::vector<Tensor>& inputs, std::vector<bool> wanted, double tolerance,
                   float distance) {
  wanted.resize(inputs.size(), wanted.empty());
  std::vector<Tensor> weights;
  for (const Tensor& output : run.forward(inputs)) {
    weights.push_back(pattern(output.shape(), 5 + weights.size()));
  }
  const LayerCallRun::Gradients gradients = run.backward(weights, wanted);
  const auto check = [&](std::span<float> variable, std::span<const float> gradient,
                         const std::string& name) {
    const double scale = std::abs(std::ranges::max(gradient, {}, [](float g) { return std::abs(g); }));
    for (std::size_t i = 0; i < variable.size(); ++i) {
      const float value = variable[i];
      variable[i] = value + distance;
      const double above = weighted_sum(run.forward(inputs), weights);
      variable[i] = value - distance;
      const double below = weighted_sum(run.forward(inputs), weights);
      variable[i] = value;
      EXPECT_NEAR(gradient[i], (above - below) / (2.0 * distance), tolerance * std::max(scale, 1e-2))
          << run.layer().name() << ": " << name << "[" << i << "]";
    }
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!wanted[i]) continue;
    check(inputs[i].span<float>(), gradients.inputs[i].span<float>(), "input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < gradients.parameters.size(); ++i) {
    const ParameterSpec& spec = run.layer().parameter_specs()[i];
    if (spec.trainable) check(run.parameter(i), gradients.parameters[i].span<float>(), spec.name);
  }
}

}  // namespace ktrain::testing
