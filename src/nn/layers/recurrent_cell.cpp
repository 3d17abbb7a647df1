#include "nn/layers/recurrent_cell.h"

#include <algorithm>

#include "core/check.h"
#include "core/text.h"
#include "ops/activation.h"
#include "ops/bias.h"
#include "ops/gemm.h"
#include "ops/map.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

float* scratch_floats(ScratchUse use, std::int64_t count) {
  return static_cast<float*>(scratch(use, static_cast<std::size_t>(count) * sizeof(float)));
}

/// y[s, i] = x[s, i] mask[i] for `steps` times `size` numbers; y may be x.
void apply_mask(const float* x, const float* mask, float* y, std::int64_t steps, std::int64_t size) {
  for (std::int64_t step = 0; step < steps; ++step) {
    map(x + step * size, mask, y + step * size, size, kCheapGrain, [](float a, float m) { return a * m; });
  }
}

void add(const float* x, float* y, std::int64_t count) {
  map(y, x, y, count, kCheapGrain, [](float a, float b) { return a + b; });
}

void copy_or_zero(const float* from, float* to, std::int64_t count) {
  if (from != nullptr) {
    std::copy_n(from, count, to);
  } else {
    std::fill_n(to, count, 0.0F);
  }
}

}  // namespace

std::int64_t gate_count(CellKind kind) {
  return kind == CellKind::kSimple ? 1 : kind == CellKind::kLstm ? 4 : 3;
}

std::int64_t state_count(CellKind kind) {
  return kind == CellKind::kLstm ? 2 : 1;
}

RecurrentCell::Masks::Masks(const DropoutMask& purpose, std::int64_t count, std::int64_t rows,
                            std::int64_t width) {
  for (std::int64_t gate = 0; gate < count; ++gate) {
    dropout.push_back(purpose);
    dropout.back().purpose += text("/", gate);
    values.emplace_back(Shape{rows, width});
  }
}

void RecurrentCell::Masks::draw(const StepContext& step) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    dropout[i].draw(step, values[i].span<float>(), values[i].shape()[0]);
  }
}

namespace {

DropoutMask mask_of(const DropoutMask& purpose, const CellOptions& options, bool recurrent) {
  return {
      .purpose = text(purpose.purpose, "/", options.prefix, recurrent ? "/recurrent_dropout" : "/dropout"),
      .call = purpose.call,
      .seed = options.seed,
      .rate = recurrent ? options.recurrent_dropout : options.dropout};
}

}  // namespace

RecurrentCell::RecurrentCell(const CellOptions& options, SequenceSize size, const DropoutMask& purpose,
                             bool training)
    : options_(options),
      size_(size),
      training_(training),
      input_masks_(mask_of(purpose, options, false), mask_count(options.dropout, options.mask_per_gate),
                   size.rows, size.features),
      recurrent_masks_(mask_of(purpose, options, true), mask_count(options.recurrent_dropout, true),
                       size.rows, options.units),
      gates_(Shape{size.steps, size.rows, width()}) {
  const bool keeps_inputs = training && (backward_needs_input(options.activation) ||
                                         backward_needs_input(options.recurrent_activation));
  if (keeps_inputs) gate_inputs_ = Tensor(gates_.shape());
  if (input_masks_.values.size() == 1) masked_x_ = Tensor(Shape{size.steps, size.rows, size.features});
  for (std::int64_t k = 0; k < state_count(options.kind); ++k) {
    states_.emplace_back(Shape{size.steps + 1, size.rows, options.units});
    if (training) gradients_.emplace_back(Shape{2, size.rows, options.units});
  }
}

std::int64_t RecurrentCell::mask_count(double rate, bool per_gate) const {
  // LSTM and GRU in Keras leave everything in place at a rate of 1.
  if (!training_ || rate <= 0 || (rate >= 1 && options_.kind != CellKind::kSimple)) return 0;
  return per_gate ? gate_count(options_.kind) : 1;
}

const float* RecurrentCell::state(std::int64_t index, std::int64_t step) const {
  return states_[static_cast<std::size_t>(index)].span<float>().data() + step * rows() * units();
}

float* RecurrentCell::state(std::int64_t index, std::int64_t step) {
  return states_[static_cast<std::size_t>(index)].span<float>().data() + step * rows() * units();
}

float* RecurrentCell::gate_inputs(std::int64_t step) {
  if (gate_inputs_.shape().rank() == 0) return nullptr;
  return gate_inputs_.span<float>().data() + step * rows() * width();
}

float* RecurrentCell::gradient_of(int which, std::int64_t state) {
  return gradients_[static_cast<std::size_t>(state)].span<float>().data() + which * rows() * units();
}

const float* RecurrentCell::recurrent_mask(std::int64_t gate) const {
  return recurrent_masks_.empty() ? nullptr : recurrent_masks_.of(gate);
}

void RecurrentCell::forward(const Forward& call) {
  weights_ = call.weights;
  x_ = call.x;
  mask_ = call.mask;
  input_masks_.draw(call.step);
  recurrent_masks_.draw(call.step);
  begin(call.states);
  project();
  for (std::int64_t step = 0; step < steps(); ++step) {
    step_forward(step);
    hold(step);
  }
}

void RecurrentCell::begin(std::span<const float* const> states) {
  for (std::int64_t k = 0; k < std::ssize(states_); ++k) {
    copy_or_zero(states.empty() ? nullptr : states[static_cast<std::size_t>(k)], state(k, 0),
                 rows() * units());
  }
}

void RecurrentCell::project() {
  const std::int64_t all = steps() * rows(), in = size_.features;
  if (!masks_input_per_gate()) {
    if (!input_masks_.empty()) {
      apply_mask(x_, input_masks_.of(0), masked_x_.span<float>().data(), steps(), rows() * in);
      x_ = masked_x_.span<float>().data();
    }
    gemm(all, width(), in, {.data = x_}, {.data = weights_.kernel}, gates(0));
  } else {
    float* masked = scratch_floats(ScratchUse::kMaskedSequence, all * in);
    for (std::int64_t gate = 0; gate < gate_count(options_.kind); ++gate) {
      apply_mask(x_, input_masks_.of(gate), masked, steps(), rows() * in);
      gemm(all, units(), in, {.data = masked}, {.data = weights_.kernel + gate * units(), .stride = width()},
           {.data = gates(0) + gate * units(), .stride = width()});
    }
  }
  if (const float* bias = projected_bias()) add_bias(bias, gates(0), all, width());
}

void RecurrentCell::hold(std::int64_t step) {
  if (mask_ == nullptr) return;
  for (std::int64_t row = 0; row < rows(); ++row) {
    if (mask_[step * rows() + row] != 0) continue;
    for (std::int64_t k = 0; k < std::ssize(states_); ++k) {
      std::copy_n(state(k, step) + row * units(), units(), state(k, step + 1) + row * units());
    }
  }
}

void RecurrentCell::backward(const Backward& call) {
  gate_gradients_ = scratch_floats(ScratchUse::kSequenceGradient, steps() * rows() * width());
  const std::int64_t size = rows() * units();
  for (std::int64_t k = 0; k < std::ssize(states_); ++k) {
    copy_or_zero(call.states[static_cast<std::size_t>(k)], gradient(k), size);
  }
  for (std::int64_t step = steps() - 1; step >= 0; --step) {
    if (call.output_gradients != nullptr) add(call.output_gradients + step * size, gradient(0), size);
    step_backward(step);
    release(step);
    carry_gradient(step);
    current_ = 1 - current_;
  }
  for (std::size_t k = 0; k < call.initial_states.size(); ++k) {
    if (float* initial = call.initial_states[k]) {
      std::copy_n(gradient(static_cast<std::int64_t>(k)), size, initial);
    }
  }
  if (call.weights.kernel != nullptr) kernel_gradient(call.weights.kernel);
  if (call.weights.recurrent_kernel != nullptr) recurrent_gradient(call.weights.recurrent_kernel);
  if (call.weights.bias != nullptr) bias_gradient(call.weights.bias);
  if (call.x != nullptr) input_gradient(call.x);
}

void RecurrentCell::release(std::int64_t step) {
  if (mask_ == nullptr) return;
  for (std::int64_t row = 0; row < rows(); ++row) {
    if (mask_[step * rows() + row] != 0) continue;
    std::fill_n(gate_gradients(step) + row * width(), width(), 0.0F);
    release_row(step, row);
    for (std::int64_t k = 0; k < std::ssize(states_); ++k) {
      std::copy_n(gradient(k) + row * units(), units(), previous_gradient(k) + row * units());
    }
  }
}

void RecurrentCell::kernel_gradient(float* gradient) {
  const std::int64_t all = steps() * rows(), in = size_.features;
  if (!masks_input_per_gate()) {
    return gemm(in, width(), all, {.data = x_, .transposed = true}, {.data = gate_gradients_}, gradient);
  }
  float* masked = scratch_floats(ScratchUse::kMaskedSequence, all * in);
  for (std::int64_t gate = 0; gate < gate_count(options_.kind); ++gate) {
    apply_mask(x_, input_masks_.of(gate), masked, steps(), rows() * in);
    gemm(in, units(), all, {.data = masked, .transposed = true},
         {.data = gate_gradients_ + gate * units(), .stride = width()},
         {.data = gradient + gate * units(), .stride = width()});
  }
}

void RecurrentCell::input_gradient(float* gradient) {
  const std::int64_t all = steps() * rows(), in = size_.features;
  if (!masks_input_per_gate()) {
    gemm(all, in, width(), {.data = gate_gradients_}, {.data = weights_.kernel, .transposed = true},
         gradient);
    if (!input_masks_.empty()) apply_mask(gradient, input_masks_.of(0), gradient, steps(), rows() * in);
    return;
  }
  std::fill_n(gradient, all * in, 0.0F);
  float* masked = scratch_floats(ScratchUse::kMaskedSequence, all * in);
  for (std::int64_t gate = 0; gate < gate_count(options_.kind); ++gate) {
    gemm(all, in, units(), {.data = gate_gradients_ + gate * units(), .stride = width()},
         {.data = weights_.kernel + gate * units(), .transposed = true, .stride = width()}, masked);
    apply_mask(masked, input_masks_.of(gate), masked, steps(), rows() * in);
    add(masked, gradient, all * in);
  }
}

void RecurrentCell::activate(const Activation& activation, std::int64_t step, std::int64_t first,
                             std::int64_t count, std::int64_t row, std::int64_t last_row) {
  const std::int64_t at = row * width() + first * units();
  float* z = gates(step) + at;
  const RowBlock all{last_row - row, count * units(), width()};
  if (float* inputs = gate_inputs(step)) {
    for (std::int64_t r = 0; r < all.rows; ++r) {
      std::copy_n(z + r * width(), all.width, inputs + at + r * width());
    }
  }
  if (!works_along_axis(activation.kind)) return activate_block(activation, all, z, z);
  for (std::int64_t gate = 0; gate < count; ++gate) {
    activate_block(activation, {all.rows, units(), width()}, z + gate * units(), z + gate * units());
  }
}

void RecurrentCell::activate_backward(const Activation& activation, std::int64_t step, std::int64_t first,
                                      std::int64_t count, std::int64_t row, std::int64_t last_row) {
  for (std::int64_t gate = first; gate < first + count; ++gate) {
    const std::int64_t at = row * width() + gate * units();
    const float* inputs = gate_inputs(step);
    float* gradient = gate_gradients(step) + at;
    activate_block_backward(activation, {last_row - row, units(), width()},
                            inputs == nullptr ? nullptr : inputs + at, gates(step) + at, gradient, gradient);
  }
}

void RecurrentCell::recur(std::int64_t step, std::int64_t first, std::int64_t count, float* target,
                          std::int64_t target_stride, bool accumulate) {
  const float* h = state(0, step);
  if (recurrent_masks_.empty()) {
    return gemm(rows(), count * units(), units(), {.data = h},
                {.data = weights_.recurrent_kernel + first * units(), .stride = width()},
                {.data = target, .stride = target_stride, .accumulate = accumulate});
  }
  float* masked = scratch_floats(ScratchUse::kMaskedSequence, rows() * units());
  for (std::int64_t gate = first; gate < first + count; ++gate) {
    apply_mask(h, recurrent_masks_.of(gate), masked, 1, rows() * units());
    gemm(rows(), units(), units(), {.data = masked},
         {.data = weights_.recurrent_kernel + gate * units(), .stride = width()},
         {.data = target + (gate - first) * units(), .stride = target_stride, .accumulate = accumulate});
  }
}

void RecurrentCell::recur_backward(std::int64_t first, std::int64_t count, const float* source,
                                   std::int64_t source_stride, float* target) {
  if (recurrent_masks_.empty()) {
    return gemm(rows(), units(), count * units(), {.data = source, .stride = source_stride},
                {.data = weights_.recurrent_kernel + first * units(), .transposed = true, .stride = width()},
                {.data = target, .accumulate = true});
  }
  float* masked = scratch_floats(ScratchUse::kMaskedSequence, rows() * units());
  for (std::int64_t gate = first; gate < first + count; ++gate) {
    gemm(rows(), units(), units(), {.data = source + (gate - first) * units(), .stride = source_stride},
         {.data = weights_.recurrent_kernel + gate * units(), .transposed = true, .stride = width()}, masked);
    apply_mask(masked, recurrent_masks_.of(gate), masked, 1, rows() * units());
    add(masked, target, rows() * units());
  }
}

void RecurrentCell::recurrent_kernel_gradient(std::int64_t first, std::int64_t count, const float* source,
                                              std::int64_t source_stride, float* gradient) {
  const std::int64_t all = steps() * rows();
  if (recurrent_masks_.empty()) {
    return gemm(units(), count * units(), all, {.data = state(0, 0), .transposed = true},
                {.data = source, .stride = source_stride},
                {.data = gradient + first * units(), .stride = width()});
  }
  float* masked = scratch_floats(ScratchUse::kMaskedSequence, all * units());
  for (std::int64_t gate = first; gate < first + count; ++gate) {
    apply_mask(state(0, 0), recurrent_masks_.of(gate), masked, steps(), rows() * units());
    gemm(units(), units(), all, {.data = masked, .transposed = true},
         {.data = source + (gate - first) * units(), .stride = source_stride},
         {.data = gradient + gate * units(), .stride = width()});
  }
}

std::unique_ptr<RecurrentCell> make_recurrent_cell(const CellOptions& options, SequenceSize size,
                                                   const DropoutMask& purpose, bool training) {
  switch (options.kind) {
    case CellKind::kSimple:
      return make_simple_cell(options, size, purpose, training);
    case CellKind::kLstm:
      return make_lstm_cell(options, size, purpose, training);
    case CellKind::kGru:
      return make_gru_cell(options, size, purpose, training);
  }
  KTRAIN_CHECK(false, "cell ", static_cast<int>(options.kind));
  return nullptr;
}

}  // namespace ktrain
