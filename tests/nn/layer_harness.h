#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

inline Tensor tensor_of(const Shape& shape, const std::vector<float>& values) {
  Tensor tensor(shape);
  std::ranges::copy(values, tensor.span<float>().begin());
  return tensor;
}

/// Numbers without a pattern in [-scale, scale].
inline Tensor wave(const Shape& shape, float scale = 1, float shift = 0) {
  Tensor tensor(shape);
  const auto values = tensor.span<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = scale * std::sin(1.7F * static_cast<float>(i % 1021) + shift);
  }
  return tensor;
}

inline Tensor copy_of(const Tensor& tensor) {
  Tensor copy(tensor.shape());
  std::ranges::copy(tensor.span<float>(), copy.span<float>().begin());
  return copy;
}

/// The tensors in a list, which cannot be copied out of braces.
template <typename... Tensors>
std::vector<Tensor> list_of(Tensors... tensors) {
  std::vector<Tensor> list;
  (list.push_back(std::move(tensors)), ...);
  return list;
}

/// Runs one layer as an executor does, on one or more kernels that each take a part of the rows.
class LayerHarness {
 public:
  LayerHarness(std::unique_ptr<Layer> layer, std::vector<Shape> sample_shapes)
      : layer_(std::move(layer)),
        shapes_(std::move(sample_shapes)),
        output_shape_(layer_->build(shapes_).front()) {
    std::vector<TensorView> views;
    for (const ParameterSpec& spec : layer_->parameter_specs()) {
      Tensor& value = values_.emplace_back(spec.shape);
      if (spec.initializer != nullptr) {
        spec.initializer->fill(spec.shape, value.span<float>(), RandomStream(1, spec.name));
      }
      gradients_.emplace_back(spec.shape);
    }
    for (Tensor& value : values_) views.push_back(value.view());
    layer_->bind(std::move(views));
  }

  StepContext step{.training = true};

  Layer& layer() { return *layer_; }
  const Shape& output_shape() const { return output_shape_; }
  std::span<float> parameter(std::size_t index) { return values_[index].span<float>(); }
  /// Summed over the kernels, after backward.
  std::span<float> gradient(std::size_t index) { return gradients_[index].span<float>(); }
  std::span<const double> forward_group_sums() const { return forward_sums_; }

  /// `cut`: the rows of each kernel; empty for one kernel. Inputs must stay until backward.
  Tensor forward(const std::vector<Tensor>& inputs, std::vector<std::int64_t> cut = {}) {
    const std::int64_t rows = inputs[0].shape()[0];
    if (cut.empty()) cut = {rows};
    Tensor output(output_shape_.batched(rows));
    parts_.clear();
    for (std::int64_t begin = 0; const std::int64_t count : cut) {
      Part& part = parts_.emplace_back();
      part.begin = begin;
      part.end = begin + count;
      part.step = step;
      part.step.first_position += begin;
      part.kernel = layer_->prepare(count, shapes_, step.training, 0);
      for (const Tensor& input : inputs) part.inputs.push_back(input.view().rows(begin, part.end));
      part.output = output.view().rows(begin, part.end);
      part.const_output = part.output;
      begin = part.end;
    }
    EXPECT_EQ(parts_.back().end, rows);
    const auto call = [](Part& p, std::span<const double> sums) {
      return LayerKernel::Forward{p.step, p.inputs, std::span(&p.output, 1), sums};
    };
    sum(forward_sums_, layer_->forward_sum_count(step),
        [&](Part& p, std::span<double> sums) { p.kernel->forward_sums(call(p, {}), sums); });
    for (Part& p : parts_) p.kernel->forward(call(p, forward_sums_));
    output_ = copy_of(output);
    for (Part& p : parts_) p.const_output = output_.view().rows(p.begin, p.end);
    return output;
  }

  /// d loss / d input for each input of the latest forward.
  std::vector<Tensor> backward(const Tensor& output_gradient) {
    std::vector<Tensor> result;
    for (const Shape& shape : shapes_) result.emplace_back(shape.batched(output_gradient.shape()[0]));
    std::vector<Tensor> part_gradients;
    std::vector<TensorView> parameter_views;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      part_gradients.emplace_back(values_[i].shape());
      std::ranges::fill(gradient(i), 0.0F);
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const bool trainable = layer_->parameter_specs()[i].trainable;
      parameter_views.push_back(trainable ? part_gradients[i].view() : TensorView());
    }
    for (Part& p : parts_) {
      p.output_gradient = output_gradient.view().rows(p.begin, p.end);
      p.input_gradients.clear();
      for (Tensor& gradient : result) p.input_gradients.push_back(gradient.view().rows(p.begin, p.end));
    }
    const auto call = [&](Part& p, std::span<const double> sums) {
      return LayerKernel::Backward{p.step,
                                   p.inputs,
                                   std::span(&p.const_output, 1),
                                   std::span(&p.output_gradient, 1),
                                   p.input_gradients,
                                   parameter_views,
                                   forward_sums_,
                                   sums};
    };
    std::vector<double> sums;
    sum(sums, layer_->backward_sum_count(step),
        [&](Part& p, std::span<double> part) { p.kernel->backward_sums(call(p, {}), part); });
    for (Part& p : parts_) {
      p.kernel->backward(call(p, sums));
      for (std::size_t i = 0; i < values_.size(); ++i) {
        std::ranges::transform(gradient(i), part_gradients[i].span<float>(), gradient(i).begin(),
                               std::plus());
      }
    }
    return result;
  }

  void end_step() { layer_->end_step(step, forward_sums_); }

 private:
  struct Part {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    StepContext step;
    std::unique_ptr<LayerKernel> kernel;
    std::vector<ConstTensorView> inputs;
    TensorView output;
    ConstTensorView const_output;
    ConstTensorView output_gradient;
    std::vector<TensorView> input_gradients;
  };

  template <typename Contribute>
  void sum(std::vector<double>& sums, std::int64_t count, const Contribute& contribute) {
    sums.assign(static_cast<std::size_t>(count), 0.0);
    std::vector<double> part(sums.size());
    for (Part& p : parts_) {
      if (count == 0) break;
      contribute(p, part);
      std::ranges::transform(sums, part, sums.begin(), std::plus());
    }
  }

  std::unique_ptr<Layer> layer_;
  std::vector<Shape> shapes_;
  Shape output_shape_;
  std::vector<Tensor> values_;
  std::vector<Tensor> gradients_;
  std::vector<Part> parts_;
  Tensor output_;
  std::vector<double> forward_sums_;
};

/// sum of weights · y in float64.
inline double weighted_sum(const Tensor& y, const Tensor& weights) {
  return std::inner_product(y.span<float>().begin(), y.span<float>().end(), weights.span<float>().begin(),
                            0.0, std::plus(), [](float a, float b) { return double{a} * b; });
}

/// Compares backward with central differences of forward in every input and trainable parameter, relative to
/// the largest derivative. The inputs must keep a distance of `step` from kinks.
inline void expect_gradients_are_differences(LayerHarness& harness, std::vector<Tensor>& inputs,
                                             double tolerance = 1e-3, float step = 0x1p-6F) {
  const Tensor weights = wave(harness.forward(inputs).shape(), 1, 0.6F);
  const std::vector<Tensor> input_gradients = harness.backward(weights);
  const auto check = [&](std::span<float> variable, std::span<const float> gradient, const char* name) {
    const double scale = std::abs(std::ranges::max(gradient, {}, [](float g) { return std::abs(g); }));
    for (std::size_t i = 0; i < variable.size(); ++i) {
      const float value = variable[i];
      variable[i] = value + step;
      const double above = weighted_sum(harness.forward(inputs), weights);
      variable[i] = value - step;
      const double below = weighted_sum(harness.forward(inputs), weights);
      variable[i] = value;
      EXPECT_NEAR(gradient[i], (above - below) / (2.0 * step), tolerance * std::max(scale, 1e-2))
          << harness.layer().name() << ": " << name << "[" << i << "]";
    }
  };
  std::vector<std::vector<float>> parameter_gradients;
  for (std::size_t i = 0; i < harness.layer().parameter_specs().size(); ++i) {
    parameter_gradients.emplace_back(harness.gradient(i).begin(), harness.gradient(i).end());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(inputs[i].span<float>(), input_gradients[i].span<float>(), "input");
  }
  for (std::size_t i = 0; i < parameter_gradients.size(); ++i) {
    const ParameterSpec& spec = harness.layer().parameter_specs()[i];
    if (spec.trainable) check(harness.parameter(i), parameter_gradients[i], spec.name.c_str());
  }
}

inline void expect_near(std::span<const float> measured, const std::vector<double>& expected,
                        double tolerance) {
  ASSERT_EQ(measured.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(measured[i], expected[i], tolerance) << i;
}

}  // namespace ktrain
