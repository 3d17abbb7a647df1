#include "ktrain/nn/layers/dense.h"

#include "nn/layers/activation_stage.h"
#include "nn/layers/build_checks.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"
#include "ops/bias.h"
#include "ops/gemm.h"

namespace ktrain {
namespace {

class DenseKernel : public LayerKernel {
 public:
  /// `linear` is the shape of x·kernel, (N, …, units).
  DenseKernel(const Layer& layer, const DenseOptions& options, std::int64_t in, const Shape& linear,
              bool training)
      : layer_(layer),
        rows_(linear.elements() / options.units),
        in_(in),
        units_(options.units),
        use_bias_(options.use_bias),
        activation_(options.activation, linear, training) {}

  void forward(const Forward& call) override {
    float* linear = activation_.target(call.outputs[0]).data<float>();
    gemm(rows_, units_, in_, {.data = call.inputs[0].data<float>()}, {.data = kernel()}, linear);
    if (use_bias_) add_bias(layer_.parameters()[1].data<float>(), linear, rows_, units_);
    activation_.forward(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    const float* gradient = activation_.backward(call.outputs[0], call.output_gradients[0]).data<float>();
    if (!call.parameter_gradients[0].empty()) {
      gemm(in_, units_, rows_, {.data = call.inputs[0].data<float>(), .transposed = true}, {.data = gradient},
           call.parameter_gradients[0].data<float>());
      if (use_bias_) bias_gradient(gradient, call.parameter_gradients[1].data<float>(), rows_, units_);
    }
    if (!call.input_gradients[0].empty()) {
      gemm(rows_, in_, units_, {.data = gradient}, {.data = kernel(), .transposed = true},
           call.input_gradients[0].data<float>());
    }
  }

 private:
  const float* kernel() const { return layer_.parameters()[0].data<float>(); }

  const Layer& layer_;
  std::int64_t rows_;
  std::int64_t in_;
  std::int64_t units_;
  bool use_bias_;
  ActivationStage activation_;
};

class Dense : public Layer {
 public:
  Dense(const std::string& name, const DenseOptions& options, bool trainable)
      : Layer(name, "Dense", trainable), options_(options) {
    if (options.units < 1) refuse(*this, "units must be at least 1, not ", options.units);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() < 1) refuse(*this, "takes vectors, not a scalar per sample");
    if (built() && input[-1] != parameter_specs()[0].shape[0]) {
      refuse(*this, "input ", input, " does not fit the kernel ", parameter_specs()[0].shape);
    }
    declare(kernel_spec({input[-1], options_.units}, options_.kernel_initializer, options_.kernel_regularizer,
                        options_.kernel_constraint));
    if (options_.use_bias) {
      declare(bias_spec(options_.units, options_.bias_initializer, options_.bias_regularizer,
                        options_.bias_constraint));
    }
    set_built();
    return {activation_output_shape(options_.activation, linear_shape(input, 1)).sample()};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    return std::make_unique<DenseKernel>(*this, options_, inputs[0][-1], linear_shape(inputs[0], rows),
                                         training);
  }

 private:
  Shape linear_shape(Shape input, std::int64_t rows) const {
    input[-1] = options_.units;
    return input.batched(rows);
  }

  DenseOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_dense(const std::string& name, const DenseOptions& options, bool trainable) {
  return std::make_unique<Dense>(name, options, trainable);
}

}  // namespace ktrain
