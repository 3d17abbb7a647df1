#include "nn/layers/convolution_layer.h"

#include <algorithm>
#include <utility>

#include "nn/layers/activation_stage.h"
#include "nn/layers/spatial_input.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"

namespace ktrain {

ConvolutionLayer::ConvolutionLayer(const std::string& name, const std::string& class_name, Options options,
                                   bool trainable)
    : Layer(name, class_name, trainable), options_(std::move(options)) {
  require_at_least(*this, "kernel_size", 1, options_.kernel_size);
  require_at_least(*this, "strides", 1, options_.strides);
  require_at_least(*this, "dilation_rate", 1, options_.dilation_rate);
}

void ConvolutionLayer::refuse_dilated_strides() const {
  if (std::ranges::max(options_.strides) == 1 || std::ranges::max(options_.dilation_rate) == 1) return;
  refuse(*this, "strides > 1 together with dilation_rate > 1 is not supported, in Keras neither");
}

std::vector<Shape> ConvolutionLayer::build(std::span<const Shape> inputs) {
  const Shape& input = spatial_input(*this, inputs, options_.kernel_size.size());
  const std::vector<ParameterSpec> specs = kernels(input[-1]);
  for (std::size_t i = 0; built() && i < specs.size(); ++i) {
    const Shape& declared = parameter_specs()[i].shape;
    if (specs[i].shape != declared) refuse(*this, "input ", input, " does not fit the kernel ", declared);
  }
  if (std::ranges::min(output_sizes(input)) < 1) {
    refuse(*this, "input ", input, " is smaller than the kernel ", specs[0].shape);
  }
  for (const ParameterSpec& spec : specs) declare(spec);
  if (options_.use_bias) {
    declare(bias_spec(out_channels(input[-1]), options_.bias_initializer, options_.bias_regularizer,
                      options_.bias_constraint));
  }
  set_built();
  return {activation_output_shape(options_.activation, linear_shape(1, input)).sample()};
}

std::array<std::int64_t, 3> ConvolutionLayer::output_sizes(const Shape& input) const {
  const Window w = window(input);
  return {w[0].output, w[1].output, w[2].output};
}

Window ConvolutionLayer::window(const Shape& input) const {
  return make_window(space(input), options_.kernel_size, options_.strides, options_.dilation_rate,
                     options_.padding);
}

Shape ConvolutionLayer::kernel_shape(std::int64_t in, std::int64_t out) const {
  std::vector<std::int64_t> dims = options_.kernel_size;
  dims.insert(dims.end(), {in, out});
  return Shape(std::span<const std::int64_t>(dims));
}

Shape ConvolutionLayer::linear_shape(std::int64_t rows, const Shape& input) const {
  return spatial_sample(input, output_sizes(input), out_channels(input[-1])).batched(rows);
}

}  // namespace ktrain
