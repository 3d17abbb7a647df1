#include "nn/executor.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd.h"
#include "nn/prepared_model.h"

namespace ktrain {
namespace {

using Action = ExecutionPlan::InputGradient::Action;

KTRAIN_SIMD void add(const float* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

void add(ConstTensorView from, TensorView to) {
  const float* source = from.data<float>();
  float* target = to.data<float>();
  parallel_for(to.elements(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    add(source + begin, target + begin, end - begin);
  });
}

void copy(ConstTensorView from, TensorView to) {
  std::copy_n(from.data<float>(), from.elements(), to.data<float>());
}

/// Adds up what each shard contributes, in shard order.
template <typename Contribute>
void sum_over_shards(std::vector<PreparedModel::Shard>& shards, std::vector<double>& sums, std::int64_t count,
                     const Contribute& contribute) {
  const auto size = static_cast<std::size_t>(count);
  sums.assign(2 * size, 0.0);  // the total, and behind it one shard's part
  const std::span<double> part = std::span(sums).subspan(size);
  for (auto& shard : shards) {
    contribute(shard, part);
    for (std::size_t i = 0; i < size; ++i) sums[i] += part[i];
  }
  sums.resize(size);
}

}  // namespace

Executor::Executor(Model& model, ExecutorHooks hooks, bool input_gradients)
    : model_(model), hooks_(std::move(hooks)), input_gradients_(input_gradients) {
  std::int64_t largest = 0;
  for (std::size_t layer = 0; layer < model.layers().size(); ++layer) {
    largest = std::max(largest, gradient_range(layer).size());
  }
  parameter_scratch_ = Buffer(static_cast<std::size_t>(largest) * sizeof(float));
}

Executor::~Executor() = default;

PreparedModel& Executor::prepare(std::int64_t rows, std::int64_t shard_rows, bool training) {
  auto& prepared = prepared_[{rows, shard_rows, training}];
  if (prepared == nullptr) {
    const Gradients gradients = !training          ? Gradients::kNone
                                : input_gradients_ ? Gradients::kInputsAndVariables
                                                   : Gradients::kVariables;
    prepared = std::make_unique<PreparedModel>(model_, rows, shard_rows, gradients);
  }
  const auto bytes = static_cast<std::size_t>(prepared->plan().bytes);
  if (bytes > arena_.bytes()) arena_ = Buffer(bytes);
  return *prepared;
}

void Executor::forward(const StepContext& step, std::int64_t rows, std::int64_t shard_rows,
                       std::span<const ConstTensorView> inputs) {
  step_ = step;
  if (step.training) begin_step();
  current_ = &prepare(rows, shard_rows, step.training);
  current_->bind(arena_.data<std::byte>(), inputs);
  for (std::size_t i = 0; i < model_.calls().size(); ++i) {
    if (!current_->plan().calls[i].passes_through) run_forward(i);
    hooks_.progress();
  }
}

void Executor::begin_step() {
  bool changed = false;
  for (const auto& layer : model_.layers()) changed = layer->begin_step() || changed;
  if (!changed) return;
  model_.weights_changed();
  step_.weights_version = model_.weights_version();
}

void Executor::run_forward(std::size_t index) {
  auto& call = current_->call(index);
  const Layer& layer = model_.layer_of(model_.calls()[index]);
  for (auto& shard : call.shards) {
    shard.step = step_;
    shard.step.first_position += shard.begin;
  }
  const auto arguments = [](auto& shard, std::span<const double> sums) {
    return LayerKernel::Forward{shard.step, shard.inputs, shard.outputs, sums};
  };
  if (const std::int64_t count = layer.forward_sum_count(step_); count > 0) {
    sum_over_shards(call.shards, call.forward_sums, count, [&](auto& shard, std::span<double> part) {
      shard.kernel->forward_sums(arguments(shard, {}), part);
    });
    hooks_.group_sum(call.forward_sums);
  }
  for (auto& shard : call.shards) shard.kernel->forward(arguments(shard, call.forward_sums));
}

ConstTensorView Executor::output(std::size_t index) const {
  return current_->value(model_.outputs()[index]);
}

ConstTensorView Executor::output_mask(std::size_t index) const {
  const Model::TensorId mask = model_.output_masks()[index];
  return mask == Model::kNoTensor ? ConstTensorView() : current_->value(mask);
}

ConstTensorView Executor::logits(std::size_t index) const {
  const Model::TensorId logits = model_.logits()[index];
  return logits == Model::kNoTensor ? ConstTensorView() : current_->value(logits);
}

double Executor::activity_penalty() const {
  double sum = 0;
  for (std::size_t i = 0; i < model_.calls().size(); ++i) {
    const Layer& layer = model_.layer_of(model_.calls()[i]);
    if (!layer.has_activity_penalty()) continue;
    for (const auto& shard : current_->call(i).shards) sum += shard.kernel->activity_penalty();
  }
  return sum;
}

TensorView Executor::output_gradient(std::size_t index) const {
  return current_->gradient(model_.loss_tensor(index));
}

ConstTensorView Executor::input_gradient(std::size_t index) const {
  return current_->gradient(model_.inputs()[index]);
}

void Executor::backward() {
  KTRAIN_CHECK(step_.training, "backward after a forward in inference");
  for (std::size_t layer = 0; layer < model_.layers().size(); ++layer) {
    if (current_->rows() == 0 || !current_->plan().layer_runs_backward[layer]) zero_gradients(layer);
    if (!current_->plan().layer_runs_backward[layer]) announce(layer);
  }
  for (std::size_t i = model_.calls().size(); i-- > 0;) {
    const ExecutionPlan::CallPlan& plan = current_->plan().calls[i];
    if (!plan.runs_backward) continue;
    if (plan.passes_through || plan.passes_gradient_through) {
      pass_gradient(i);
    } else {
      run_backward(i);
    }
    if (plan.last_of_layer) announce(static_cast<std::size_t>(model_.calls()[i].layer));
    hooks_.progress();
  }
}

void Executor::pass_gradient(std::size_t index) {
  const Model::Call& call = model_.calls()[index];
  const ConstTensorView from = current_->gradient(call.outputs[0]);
  for (std::size_t k = 0; k < call.inputs.size(); ++k) {
    const Action action = current_->plan().calls[index].input_gradients[k].action;
    if (action == Action::kWrite) copy(from, current_->gradient(call.inputs[k]));
    if (action == Action::kAdd) add(from, current_->gradient(call.inputs[k]));
  }
}

void Executor::run_backward(std::size_t index) {
  auto& call = current_->call(index);
  const ExecutionPlan::CallPlan& plan = current_->plan().calls[index];
  const auto layer_index = static_cast<std::size_t>(model_.calls()[index].layer);
  const Layer& layer = model_.layer_of(model_.calls()[index]);
  const auto arguments = [&](auto& shard, std::span<const double> sums) {
    return LayerKernel::Backward{shard.step,
                                 shard.inputs,
                                 shard.const_outputs,
                                 shard.output_gradients,
                                 shard.input_gradients,
                                 shard.parameter_gradients,
                                 call.forward_sums,
                                 sums};
  };
  if (const std::int64_t count = layer.backward_sum_count(step_); count > 0) {
    sum_over_shards(call.shards, call.backward_sums, count, [&](auto& shard, std::span<double> part) {
      shard.kernel->backward_sums(arguments(shard, {}), part);
    });
    hooks_.group_sum(call.backward_sums);
  }
  for (std::size_t s = 0; s < call.shards.size(); ++s) {
    const bool overwrites = plan.first_of_layer && s == 0;
    point_parameter_gradients(layer_index, call.shards[s].parameter_gradients, !overwrites);
    call.shards[s].kernel->backward(arguments(call.shards[s], call.backward_sums));
    if (!overwrites) add_parameter_gradients(layer_index);
  }
  for (std::size_t k = 0; k < plan.input_gradients.size(); ++k) {
    if (plan.input_gradients[k].action != Action::kAdd || call.shards.empty()) continue;
    add(current_->scratch(index, k), current_->gradient(model_.calls()[index].inputs[k]));
  }
}

Range Executor::gradient_range(std::size_t layer) const {
  const Model::Window window = model_.parameters_of(static_cast<int>(layer));
  Range range;
  for (const Parameter& parameter : model_.parameters().parameters().subspan(window.first, window.count)) {
    if (!parameter.trainable) continue;
    if (range.size() == 0) range.begin = parameter.range.begin;
    range.end = parameter.range.end;
  }
  return range;
}

void Executor::point_parameter_gradients(std::size_t layer, std::vector<TensorView>& views, bool aside) {
  const Model::Window window = model_.parameters_of(static_cast<int>(layer));
  const Range range = gradient_range(layer);
  for (std::size_t k = 0; k < views.size(); ++k) {
    const Parameter& parameter = model_.parameters().parameters()[window.first + k];
    views[k] = model_.parameters().gradient(parameter);
    if (!aside || views[k].empty()) continue;
    views[k] = {parameter_scratch_.data<float>() + (parameter.range.begin - range.begin), DType::kFloat32,
                parameter.shape};
  }
}

void Executor::add_parameter_gradients(std::size_t layer) {
  const Range range = gradient_range(layer);
  const Shape shape{range.size()};
  add(ConstTensorView(parameter_scratch_.data<float>(), DType::kFloat32, shape),
      TensorView(model_.parameters().gradients().data() + range.begin, DType::kFloat32, shape));
}

void Executor::zero_gradients(std::size_t layer) {
  const Range range = gradient_range(layer);
  std::fill_n(model_.parameters().gradients().data() + range.begin, range.size(), 0.0F);
}

void Executor::announce(std::size_t layer) {
  const Range range = gradient_range(layer);
  if (range.size() > 0) hooks_.gradients_final(range);
}

void Executor::end_step() {
  for (std::size_t i = 0; i < model_.calls().size(); ++i) {
    if (current_->plan().calls[i].passes_through) continue;
    model_.layer_of(model_.calls()[i]).end_step(step_, current_->call(i).forward_sums);
  }
}

}  // namespace ktrain
