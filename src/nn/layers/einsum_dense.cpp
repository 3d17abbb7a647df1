#include "ktrain/nn/layers/einsum_dense.h"

#include <algorithm>
#include <array>
#include <memory>

#include "ktrain/core/error.h"
#include "nn/layers/activation_stage.h"
#include "nn/layers/build_checks.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"
#include "ops/binary.h"
#include "ops/einsum.h"

namespace ktrain {
namespace {

class EinsumDenseKernel final : public LayerKernel {
 public:
  EinsumDenseKernel(const Layer& layer, const EinsumEquation& equation, const Activation& activation,
                    const Shape& input, const Shape& linear, bool training)
      : layer_(layer),
        einsum_(equation, input, layer.parameter_specs()[0].shape, training),
        activation_(activation, linear, training) {
    if (layer.parameter_specs().size() == 1) return;
    const Shape& bias = layer.parameter_specs()[1].shape;
    add_bias_.emplace(BinaryKind::kAdd, linear, linear, bias, false);
    bias_gradient_.emplace(linear, bias);
  }

  void forward(const Forward& call) override {
    float* linear = activation_.target(call.outputs[0]).data<float>();
    einsum_.forward(call.inputs[0].data<float>(), kernel(), linear);
    if (add_bias_) add_bias_->forward(linear, layer_.parameters()[1].data<float>(), linear);
    activation_.forward(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    const float* gradient = activation_.backward(call.outputs[0], call.output_gradients[0]).data<float>();
    const auto address = [](const TensorView& view) { return view.empty() ? nullptr : view.data<float>(); };
    einsum_.backward(call.inputs[0].data<float>(), kernel(), gradient, address(call.input_gradients[0]),
                     address(call.parameter_gradients[0]));
    if (add_bias_ && !call.parameter_gradients[1].empty()) {
      bias_gradient_->sum(gradient, call.parameter_gradients[1].data<float>());
    }
  }

 private:
  const float* kernel() const { return layer_.parameters()[0].data<float>(); }

  const Layer& layer_;
  Einsum einsum_;
  ActivationStage activation_;
  std::optional<Binary> add_bias_;
  std::optional<Reduction> bias_gradient_;
};

class EinsumDense final : public Layer {
 public:
  EinsumDense(const std::string& name, const EinsumDenseOptions& options, bool trainable)
      : Layer(name, "EinsumDense", trainable), options_(options) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape input = single_input(*this, inputs).batched(1);
    try {
      equation_ = parse_einsum(options_.equation, input.rank(), -1);
    } catch (const Error& error) {
      refuse(*this, error.what());
    }
    require_batch_first();
    const Shape output = output_shape(input);
    declare_kernel(input, output);
    if (!options_.bias_axes.empty()) declare_bias(output);
    set_built();
    require_fit(input, output);
    return {activation_output_shape(options_.activation, output).sample()};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    const Shape input = inputs[0].batched(rows);
    return std::make_unique<EinsumDenseKernel>(*this, equation_, options_.activation, input,
                                               einsum_shape(equation_, input, parameter_specs()[0].shape),
                                               training);
  }

 private:
  void require_batch_first() const {
    const bool first = equation_.a[0] == equation_.y[0];
    if (!first || equation_.b.find(equation_.y[0]) != std::string::npos) {
      refuse(*this, "equation '", options_.equation,
             "': the batch must be the first letter of input and result alone");
    }
  }

  /// output_shape, with what "..." stands for from the input.
  Shape output_shape(const Shape& input) const {
    std::vector<std::int64_t> dims = {input[0]};
    std::size_t next = 0;
    for (const char letter : equation_.y.substr(1)) {
      const std::size_t in_input = equation_.a.find(letter);
      const bool elided = letter >= '0' && letter <= '9';
      if (!elided && next == options_.output_shape.size()) refuse(*this, "output_shape has too few sizes");
      const auto given = elided ? std::nullopt : options_.output_shape[next++];
      if (!given && in_input == std::string::npos) {
        refuse(*this, "output_shape leaves the size of '", letter, "' open, which the input does not have");
      }
      dims.push_back(given ? *given : input[static_cast<int>(in_input)]);
    }
    if (next != options_.output_shape.size()) refuse(*this, "output_shape has too many sizes");
    return shape_of(*this, dims);
  }

  void declare_kernel(const Shape& input, const Shape& output) {
    std::vector<std::int64_t> dims;
    std::vector<int> input_axes, output_axes;
    for (std::size_t i = 0; i < equation_.b.size(); ++i) {
      const std::size_t in_output = equation_.y.find(equation_.b[i]),
                        in_input = equation_.a.find(equation_.b[i]);
      const bool is_output = in_output != std::string::npos;
      dims.push_back(is_output ? output[static_cast<int>(in_output)] : input[static_cast<int>(in_input)]);
      (is_output ? output_axes : input_axes).push_back(static_cast<int>(i));
    }
    ParameterSpec spec = kernel_spec(shape_of(*this, dims), options_.kernel_initializer,
                                     options_.kernel_regularizer, options_.kernel_constraint);
    if (auto initializer = spec.initializer->with_axes(input_axes, output_axes))
      spec.initializer = initializer;
    declare(std::move(spec));
  }

  void declare_bias(const Shape& output) {
    std::vector<std::int64_t> dims;
    for (const char letter : options_.bias_axes) {
      if (equation_.y.find(letter) == std::string::npos)
        refuse(*this, "bias_axes: '", letter, "' is not in the result");
    }
    for (std::size_t i = equation_.y.find_first_of(options_.bias_axes); i < equation_.y.size(); ++i) {
      const bool varies = options_.bias_axes.find(equation_.y[i]) != std::string::npos;
      dims.push_back(varies ? output[static_cast<int>(i)] : 1);
    }
    ParameterSpec spec =
        bias_spec(1, options_.bias_initializer, options_.bias_regularizer, options_.bias_constraint);
    spec.shape = Shape(dims);
    declare(std::move(spec));
  }

  void require_fit(const Shape& input, const Shape& output) const {
    const Shape& kernel = parameter_specs()[0].shape;
    try {
      if (einsum_shape(equation_, input, kernel) == output) return;
    } catch (const Error& error) {
      refuse(*this, error.what());
    }
    refuse(*this, "samples of shape ", input.sample(), " and a kernel of shape ", kernel, " do not give ",
           output.sample());
  }

  EinsumDenseOptions options_;
  EinsumEquation equation_;
};

}  // namespace

std::unique_ptr<Layer> make_einsum_dense(const std::string& name, const EinsumDenseOptions& options,
                                         bool trainable) {
  return std::make_unique<EinsumDense>(name, options, trainable);
}

}  // namespace ktrain
