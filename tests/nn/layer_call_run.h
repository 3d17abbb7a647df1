#pragma once

#include <memory>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain::testing {

/// One call of a layer with any number of inputs and outputs, as an executor makes it.
class LayerCallRun {
 public:
  LayerCallRun(std::unique_ptr<Layer> layer, std::vector<Shape> sample_shapes);

  StepContext step{.training = true, .weights_version = 1};

  Layer& layer() { return *layer_; }
  const std::vector<Shape>& output_shapes() const { return output_shapes_; }
  std::span<float> parameter(std::size_t index) { return parameters_[index].span<float>(); }

  /// Every output's memory holds NaN before. The inputs must stay until backward.
  std::vector<Tensor> forward(const std::vector<Tensor>& inputs);

  struct Gradients {
    std::vector<Tensor> inputs;
    std::vector<Tensor> parameters;
  };
  /// Of the latest forward; every gradient's memory holds NaN before. An empty tensor among
  /// `output_gradients` is an output that the loss does not depend on; `wanted` says which inputs get a
  /// gradient, all when empty.
  Gradients backward(const std::vector<Tensor>& output_gradients, std::vector<bool> wanted = {});

 private:
  std::unique_ptr<Layer> layer_;
  std::vector<Shape> shapes_;
  std::vector<Shape> output_shapes_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<LayerKernel> kernel_;
  std::int64_t kernel_rows_ = 0;
  bool kernel_training_ = false;
  std::vector<double> sums_;
  std::vector<ConstTensorView> inputs_;
  std::vector<Tensor> outputs_;
};

/// Compares a layer's backward with central differences of its forward in the inputs that `wanted` names (all
/// when empty) and in every parameter, relative to the largest derivative of each tensor.
void expect_slopes(LayerCallRun& run, std::vector<Tensor>& inputs, std::vector<bool> wanted = {},
                   double tolerance = 2e-3, float distance = 0x1p-6F);

}  // namespace ktrain::testing
