#include "nn/layers/multi_head_attention_kernel.h"

#include <algorithm>
#include <cmath>

#include "nn/activity_gradient.h"
#include "ops/activation.h"
#include "ops/bias.h"
#include "ops/gemm.h"
#include "ops/map.h"

namespace ktrain {
namespace {

constexpr Activation kSigmoid{.kind = ActivationKind::kSigmoid};

float* floats(Tensor& tensor) {
  return tensor.span<float>().data();
}

float* address_of(TensorView view) {
  return view.empty() ? nullptr : view.data<float>();
}

std::int64_t product(const Shape& shape, int first, int last) {
  std::int64_t result = 1;
  for (int axis = first; axis < last; ++axis) result *= shape[axis];
  return result;
}

AttentionSize size_of(const MultiHeadAttentionOptions& options, const std::vector<Shape>& inputs,
                      const HeadAxes& axes, std::int64_t rows) {
  const Shape &query = inputs[0], &value = inputs[1];
  const int last = axes.first + axes.count;
  return {.outer = rows * product(query, 0, axes.first),
          .inner = product(query, last, query.rank() - 1),
          .heads = options.num_heads,
          .key_heads = options.key_value_heads,
          .queries = product(query, axes.first, last),
          .keys = product(value, axes.first, last),
          .key_width = options.key_dim,
          .value_width = options.value_dim};
}

/// Keras leaves a query without any position to the fused operation where it can, and to its Softmax layer
/// else.
MaskRule rule_of(const MultiHeadAttentionOptions& options) {
  return options.dropout > 0 || options.return_attention_scores ? MaskRule::kReplaceAndZero
                                                                : MaskRule::kReplace;
}

std::int64_t output_width(const MultiHeadAttentionOptions& options, const Shape& query) {
  std::int64_t width = options.output_shape.empty() ? query[-1] : 1;
  for (const std::int64_t dim : options.output_shape) width *= dim;
  return width;
}

}  // namespace

MultiHeadAttentionKernel::MultiHeadAttentionKernel(const Layer& layer,
                                                   const MultiHeadAttentionOptions& options,
                                                   const std::vector<Shape>& inputs, const HeadAxes& axes,
                                                   std::int64_t rows, std::uint32_t call, bool training)
    : layer_(layer),
      options_(options),
      size_(size_of(options, inputs, axes, rows)),
      core_(size_, rule_of(options), {layer.name(), call, options.seed, options.dropout}, rows, training),
      masks_(size_, options.use_causal_mask, options.sliding_window),
      scores_(size_) {
  const std::int64_t queries = size_.outer * size_.queries * size_.inner;
  const std::int64_t keys = size_.outer * size_.keys * size_.inner;
  const std::int64_t heads_width = size_.heads * size_.value_width;
  const Shape& query = inputs[0];
  const Shape& key = inputs[options.key < 0 ? 1 : static_cast<std::size_t>(options.key)];
  query_ = projection(queries, query[-1], size_.heads * size_.key_width, training);
  key_ = projection(keys, key[-1], size_.key_heads * size_.key_width, training);
  if (options.use_gate) gate_ = projection(queries, query[-1], heads_width, training);
  value_ = projection(keys, inputs[1][-1], size_.key_heads * size_.value_width, training);
  output_ = projection(queries, heads_width, output_width(options, query), false);
  heads_ = Tensor(Shape{queries, heads_width});
  if (options.use_gate) gated_ = Tensor(heads_.shape());
  if (training) heads_gradient_ = Tensor(heads_.shape());
  scores_.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(options.key_dim)));
}

MultiHeadAttentionKernel::Projection MultiHeadAttentionKernel::projection(std::int64_t rows, std::int64_t in,
                                                                          std::int64_t out, bool training) {
  Projection made{.rows = rows,
                  .in = in,
                  .out = out,
                  .parameter = next_parameter_,
                  .use_bias = options_.use_bias,
                  .result = Tensor(Shape{rows, out}),
                  .gradient = training ? Tensor(Shape{rows, out}) : Tensor()};
  next_parameter_ += options_.use_bias ? 2 : 1;
  return made;
}

void MultiHeadAttentionKernel::project(const Projection& projection, const float* x, float* y) const {
  const auto parameters = layer_.parameters();
  gemm(projection.rows, projection.out, projection.in, {.data = x},
       {.data = parameters[projection.parameter].data<float>()}, y);
  if (!projection.use_bias) return;
  add_bias(parameters[projection.parameter + 1].data<float>(), y, projection.rows, projection.out);
}

void MultiHeadAttentionKernel::project_backward(const Projection& projection, const Backward& call,
                                                const float* x, const float* dy, float* dx, bool add) const {
  const std::int64_t rows = projection.rows, in = projection.in, out = projection.out;
  if (float* kernel = address_of(call.parameter_gradients[projection.parameter])) {
    gemm(in, out, rows, {.data = x, .transposed = true}, {.data = dy}, kernel);
  }
  if (projection.use_bias) {
    if (float* bias = address_of(call.parameter_gradients[projection.parameter + 1])) {
      bias_gradient(dy, bias, rows, out);
    }
  }
  if (dx == nullptr) return;
  gemm(rows, in, out, {.data = dy},
       {.data = layer_.parameters()[projection.parameter].data<float>(), .transposed = true},
       {.data = dx, .accumulate = add});
}

AllowedPositions MultiHeadAttentionKernel::allowed(std::span<const ConstTensorView> inputs) {
  const auto mask = [&](int index) {
    return index < 0 ? ConstTensorView() : inputs[static_cast<std::size_t>(index)];
  };
  return masks_.of(mask(options_.query_mask), mask(options_.value_mask), mask(options_.key_mask),
                   mask(options_.attention_mask));
}

void MultiHeadAttentionKernel::forward(const Forward& call) {
  const auto* query = call.inputs[0].data<float>();
  const auto* value = call.inputs[1].data<float>();
  const auto* key =
      options_.key < 0 ? value : call.inputs[static_cast<std::size_t>(options_.key)].data<float>();
  project(query_, query, floats(query_.result));
  project(key_, key, floats(key_.result));
  project(value_, value, floats(value_.result));
  scores_.query = floats(query_.result);
  scores_.key = floats(key_.result);
  core_.forward(call.step, scores_, floats(value_.result), allowed(call.inputs), floats(heads_));
  if (options_.use_gate) {
    project(gate_, query, floats(gate_.result));
    multiply_by_gate();
  }
  penalize_projections();
  project(output_, floats(options_.use_gate ? gated_ : heads_), call.outputs[0].data<float>());
  if (options_.return_attention_scores) {
    std::copy_n(core_.probabilities(), call.outputs[1].elements(), call.outputs[1].data<float>());
  }
}

void MultiHeadAttentionKernel::penalize_projections() {
  activity_penalty_ = 0;
  for (const Projection* projection : {&query_, &key_, &value_, &gate_}) {
    if (projection == &gate_ && !options_.use_gate) continue;
    activity_penalty_ += penalty(options_.activity_regularizer, projection->result.span<float>());
  }
}

void MultiHeadAttentionKernel::add_penalty_to(Projection& projection, const StepContext& step) const {
  if (!options_.activity_regularizer.active()) return;
  add_activity_gradient(options_.activity_regularizer, step, projection.result.span<float>(),
                        projection.gradient.span<float>());
}

void MultiHeadAttentionKernel::multiply_by_gate() {
  const TensorView gate = gate_.result.view();
  activation_forward(kSigmoid, gate, gate);
  map(floats(heads_), gate.data<float>(), floats(gated_), gate.elements(), kCheapGrain,
      [](float a, float b) { return a * b; });
}

void MultiHeadAttentionKernel::gate_backward(const StepContext& step) {
  const auto multiply = [](float a, float b) { return a * b; };
  const std::int64_t count = heads_.view().elements();
  map(floats(heads_gradient_), floats(heads_), floats(gate_.gradient), count, kCheapGrain, multiply);
  add_penalty_to(gate_, step);
  activation_backward(kSigmoid, {}, gate_.result.view(), gate_.gradient.view(), gate_.gradient.view());
  map(floats(heads_gradient_), floats(gate_.result), floats(heads_gradient_), count, kCheapGrain, multiply);
}

void MultiHeadAttentionKernel::backward_core(const Backward& call) {
  const bool reached = !call.output_gradients[0].empty();
  const bool returned = options_.return_attention_scores && !call.output_gradients[1].empty();
  if (!reached) std::ranges::fill(value_.gradient.span<float>(), 0.0F);
  scores_.query_gradient = floats(query_.gradient);
  scores_.key_gradient = floats(key_.gradient);
  core_.backward(scores_, floats(value_.result), allowed(call.inputs),
                 reached ? floats(heads_gradient_) : nullptr,
                 returned ? call.output_gradients[1].data<float>() : nullptr, floats(value_.gradient));
}

void MultiHeadAttentionKernel::backward(const Backward& call) {
  const auto* query = call.inputs[0].data<float>();
  const auto* value = call.inputs[1].data<float>();
  const auto key_input = options_.key < 0 ? 1 : static_cast<std::size_t>(options_.key);
  const bool reached = !call.output_gradients[0].empty();
  if (reached) {
    project_backward(output_, call, floats(options_.use_gate ? gated_ : heads_),
                     call.output_gradients[0].data<float>(), floats(heads_gradient_), false);
  } else {
    for (std::size_t i = output_.parameter; i < next_parameter_; ++i) {
      const TensorView gradient = call.parameter_gradients[i];
      if (!gradient.empty()) std::ranges::fill(gradient.span<float>(), 0.0F);
    }
    std::ranges::fill(heads_gradient_.span<float>(), 0.0F);
  }
  if (options_.use_gate) gate_backward(call.step);
  backward_core(call);
  for (Projection* projection : {&query_, &key_, &value_}) add_penalty_to(*projection, call.step);
  float* dquery = address_of(call.input_gradients[0]);
  float* dvalue = address_of(call.input_gradients[1]);
  project_backward(query_, call, query, floats(query_.gradient), dquery, false);
  if (options_.use_gate) project_backward(gate_, call, query, floats(gate_.gradient), dquery, true);
  project_backward(value_, call, value, floats(value_.gradient), dvalue, false);
  project_backward(key_, call, call.inputs[key_input].data<float>(), floats(key_.gradient),
                   address_of(call.input_gradients[key_input]), key_input == 1);
}

}  // namespace ktrain
