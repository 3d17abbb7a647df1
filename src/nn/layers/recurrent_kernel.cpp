#include "nn/layers/recurrent_kernel.h"

#include <algorithm>

#include "core/check.h"
#include "nn/layers/time_axis.h"
#include "ops/map.h"

namespace ktrain {
namespace {

float* floats(Tensor& tensor) {
  return tensor.span<float>().data();
}

float* address_of(std::span<const TensorView> views, std::size_t index) {
  return views[index].empty() ? nullptr : views[index].data<float>();
}

}  // namespace

RecurrentKernel::RecurrentKernel(const Layer& layer, const RecurrentOptions& options, SequenceSize size,
                                 std::span<Tensor> states, bool training, std::uint32_t call)
    : layer_(layer),
      options_(options),
      size_(size),
      kept_states_(states),
      x_(Shape{size.steps, size.rows, size.features}) {
  std::size_t parameter = 0, state = 0;
  for (const CellOptions& cell : options.cells) {
    Stage& stage = stages_.emplace_back();
    stage.cell = make_recurrent_cell(cell, size, {.purpose = layer.name(), .call = call}, training);
    stage.size = size;
    stage.units = cell.units;
    stage.use_bias = cell.use_bias;
    stage.first_parameter = parameter;
    stage.first_state = state;
    if (training) stage.input_gradient = Tensor(Shape{size.steps, size.rows, size.features});
    parameter += cell.use_bias ? 3 : 2;
    state += static_cast<std::size_t>(state_count(cell.kind));
    size.features = cell.units;
  }
  if (options.masked) mask_ = Tensor(Shape{size.steps, size.rows});
  if (options.masked && options.return_sequences && options.zero_output_for_mask) {
    zeroed_ = Tensor(Shape{size.steps, size.rows, size.features});
  }
  if (training) {
    if (options.return_sequences) sequence_gradient_ = Tensor(Shape{size.steps, size.rows, size.features});
    last_gradient_ = Tensor(Shape{size.rows, size.features});
  }
  initial_.resize(options.initial_state || !states.empty() ? state : 0);
  initial_gradients_.resize(options.initial_state ? state : 0);
  final_gradients_.resize(state);
}

RecurrentCell::Weights RecurrentKernel::weights(const Stage& stage) const {
  const auto at = [&](std::size_t index) {
    return layer_.parameters()[stage.first_parameter + index].data<float>();
  };
  return {at(0), at(1), stage.use_bias ? at(2) : nullptr};
}

void RecurrentKernel::forward(const Forward& call) {
  read_inputs(call);
  const float* x = floats(x_);
  for (Stage& stage : stages_) {
    const auto states = static_cast<std::size_t>(stage.cell->states());
    stage.cell->forward({.step = call.step,
                         .weights = weights(stage),
                         .x = x,
                         .mask = options_.masked ? floats(mask_) : nullptr,
                         .states = initial_.empty() ? std::span<const float* const>()
                                                    : std::span<const float* const>(initial_).subspan(
                                                          stage.first_state, states)});
    x = stage.cell->outputs();
  }
  if (!kept_states_.empty()) keep_states(call.step);
  write_outputs(call);
}

float* RecurrentKernel::kept_state(std::size_t index, const StepContext& step) {
  Tensor& state = kept_states_[index];
  const std::int64_t first = step.first_position % state.shape()[0];
  KTRAIN_CHECK(first + size_.rows <= state.shape()[0], "a batch reaches beyond a stateful layer's");
  return floats(state) + first * state.shape()[1];
}

void RecurrentKernel::keep_states(const StepContext& step) {
  for (const Stage& stage : stages_) {
    for (std::int64_t k = 0; k < stage.cell->states(); ++k) {
      std::copy_n(stage.cell->final_state(k), size_.rows * stage.units,
                  kept_state(stage.first_state + static_cast<std::size_t>(k), step));
    }
  }
}

void RecurrentKernel::read_initial_states(const Forward& call) {
  for (std::size_t k = 0; k < initial_.size(); ++k) {
    initial_[k] = options_.initial_state ? call.inputs[1 + k].data<float>() : kept_state(k, call.step);
  }
}

void RecurrentKernel::read_inputs(const Forward& call) {
  to_time_first({size_.rows, size_.steps, size_.features}, options_.go_backwards,
                call.inputs[0].data<float>(), floats(x_));
  read_initial_states(call);
  if (options_.masked) {
    to_time_first({size_.rows, size_.steps, 1}, options_.go_backwards, call.inputs.back().data<float>(),
                  floats(mask_));
  }
}

void RecurrentKernel::zero_masked(std::int64_t first_step, std::int64_t steps, std::int64_t width,
                                  float* values) const {
  if (!options_.masked || !options_.zero_output_for_mask) return;
  const float* mask = mask_.span<float>().data() + first_step * size_.rows;
  for (std::int64_t i = 0; i < steps * size_.rows; ++i) {
    if (mask[i] == 0) std::fill_n(values + i * width, width, 0.0F);
  }
}

void RecurrentKernel::write_outputs(const Forward& call) {
  const Stage& last = stages_.back();
  float* output = call.outputs[0].data<float>();
  if (options_.return_sequences) {
    const float* sequence = last.cell->outputs();
    if (options_.masked && options_.zero_output_for_mask) {
      std::copy_n(sequence, size_.steps * size_.rows * last.units, floats(zeroed_));
      zero_masked(0, size_.steps, last.units, floats(zeroed_));
      sequence = floats(zeroed_);
    }
    to_batch_first({size_.rows, size_.steps, last.units}, false, sequence, output);
  } else {
    std::copy_n(last.cell->final_state(0), size_.rows * last.units, output);
    zero_masked(size_.steps - 1, 1, last.units, output);
  }
  if (!options_.return_state) return;
  for (const Stage& stage : stages_) {
    for (std::int64_t k = 0; k < stage.cell->states(); ++k) {
      std::copy_n(stage.cell->final_state(k), size_.rows * stage.units,
                  call.outputs[1 + stage.first_state + static_cast<std::size_t>(k)].data<float>());
    }
  }
}

const float* RecurrentKernel::read_sequence_gradient(const Backward& call) {
  if (!options_.return_sequences || call.output_gradients[0].empty()) return nullptr;
  const std::int64_t units = stages_.back().units;
  to_time_first({size_.rows, size_.steps, units}, false, call.output_gradients[0].data<float>(),
                floats(sequence_gradient_));
  zero_masked(0, size_.steps, units, floats(sequence_gradient_));
  return floats(sequence_gradient_);
}

void RecurrentKernel::read_state_gradients(const Backward& call) {
  std::ranges::fill(final_gradients_, nullptr);
  for (std::size_t k = 0; options_.return_state && k < final_gradients_.size(); ++k) {
    const ConstTensorView gradient = call.output_gradients[1 + k];
    if (!gradient.empty()) final_gradients_[k] = gradient.data<float>();
  }
  if (options_.return_sequences || call.output_gradients[0].empty()) return;
  const Stage& last = stages_.back();
  const std::int64_t size = size_.rows * last.units;
  float* sum = floats(last_gradient_);
  std::copy_n(call.output_gradients[0].data<float>(), size, sum);
  zero_masked(size_.steps - 1, 1, last.units, sum);
  if (const float* of_state = final_gradients_[last.first_state]) {
    map(sum, of_state, sum, size, kCheapGrain, [](float a, float b) { return a + b; });
  }
  final_gradients_[last.first_state] = sum;
}

void RecurrentKernel::backward(const Backward& call) {
  const float* output_gradients = read_sequence_gradient(call);
  read_state_gradients(call);
  for (std::size_t k = 0; k < initial_gradients_.size(); ++k) {
    initial_gradients_[k] = address_of(call.input_gradients, 1 + k);
  }
  for (std::size_t i = stages_.size(); i-- > 0;) {
    backward(call, stages_[i], output_gradients);
    output_gradients = floats(stages_[i].input_gradient);
  }
  if (call.input_gradients[0].empty()) return;
  to_batch_first({size_.rows, size_.steps, size_.features}, options_.go_backwards,
                 floats(stages_[0].input_gradient), call.input_gradients[0].data<float>());
}

void RecurrentKernel::backward(const Backward& call, Stage& stage, const float* output_gradients) {
  const auto states = static_cast<std::size_t>(stage.cell->states());
  const bool wants_x = &stage != &stages_.front() || !call.input_gradients[0].empty();
  const std::size_t first = stage.first_parameter;
  RecurrentCell::Backward arguments{
      .output_gradients = output_gradients,
      .states = std::span<const float* const>(final_gradients_).subspan(stage.first_state, states),
      .x = wants_x ? floats(stage.input_gradient) : nullptr,
      .initial_states = {},
      .weights = {.kernel = address_of(call.parameter_gradients, first),
                  .recurrent_kernel = address_of(call.parameter_gradients, first + 1),
                  .bias = stage.use_bias ? address_of(call.parameter_gradients, first + 2) : nullptr}};
  if (!initial_gradients_.empty()) {
    arguments.initial_states = std::span<float* const>(initial_gradients_).subspan(stage.first_state, states);
  }
  stage.cell->backward(arguments);
}

}  // namespace ktrain
