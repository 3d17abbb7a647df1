#include "nn/executor.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/sum.h"

namespace ktrain {
namespace {

using Action = ExecutionPlan::InputGradient::Action;

void add(ConstTensorView from, TensorView to) {
  add_to(from.span<float>(), to.span<float>());
}

void copy(ConstTensorView from, TensorView to) {
  std::copy_n(from.data<float>(), from.elements(), to.data<float>());
}

}  // namespace

Executor::Executor(Model& model, ExecutorHooks hooks, bool input_gradients)
    : model_(model), hooks_(std::move(hooks)), input_gradients_(input_gradients), gradients_(model) {}

Executor::~Executor() = default;

PreparedModel& Executor::prepare(std::int64_t rows, const ShardCut& cut, bool training) {
  auto& prepared = prepared_[{rows, cut.size, cut.first, cut.leaves, training}];
  if (prepared == nullptr) {
    const Gradients gradients = !training          ? Gradients::kNone
                                : input_gradients_ ? Gradients::kInputsAndVariables
                                                   : Gradients::kVariables;
    prepared = std::make_unique<PreparedModel>(model_, rows, cut, gradients);
  }
  const auto bytes = static_cast<std::size_t>(prepared->plan().bytes);
  if (bytes > arena_.bytes()) arena_ = Buffer(bytes);
  return *prepared;
}

void Executor::forward(const StepContext& step, std::int64_t rows, const ShardCut& cut,
                       std::span<const ConstTensorView> inputs) {
  step_ = step;
  if (step.training) begin_step();
  current_ = &prepare(rows, cut, step.training);
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

template <typename Contribute>
void Executor::sum_over_shards(std::vector<double>& sums, std::int64_t count, const Contribute& contribute) {
  const auto numbers = static_cast<std::size_t>(count);
  add_up(summation(), numbers, sums, contribute);
  hooks_.group_sum(sums, numbers);
  sums.resize(numbers);
}

void Executor::run_forward(std::size_t index) {
  auto& call = current_->call(index);
  const Layer& layer = model_.layer_of(model_.calls()[index]);
  for (auto& shard : call.shards) {
    shard.step = step_;
    shard.step.first_position += shard.rows.begin;
  }
  const auto arguments = [](auto& shard, std::span<const double> sums) {
    return LayerKernel::Forward{shard.step, shard.inputs, shard.outputs, sums};
  };
  if (const std::int64_t count = layer.forward_sum_count(step_); count > 0) {
    sum_over_shards(call.forward_sums, count, [&](std::size_t s, std::span<double> part) {
      call.shards[s].kernel->forward_sums(arguments(call.shards[s], {}), part);
    });
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

double Executor::activity_penalty(std::size_t shard) const {
  double sum = 0;
  for (std::size_t i = 0; i < model_.calls().size(); ++i) {
    const Layer& layer = model_.layer_of(model_.calls()[i]);
    if (layer.has_activity_penalty()) sum += current_->call(i).shards[shard].kernel->activity_penalty();
  }
  return sum;
}

TensorView Executor::output_gradient(std::size_t index) const {
  return current_->gradient(model_.loss_tensor(index));
}

ConstTensorView Executor::input_gradient(std::size_t index) const {
  return current_->gradient(model_.inputs()[index]);
}

void Executor::backward(std::vector<double>* squared_norms) {
  KTRAIN_CHECK(step_.training, "backward after a forward in inference");
  gradients_.begin(summation(), squared_norms);
  for (std::size_t layer = 0; layer < model_.layers().size(); ++layer) {
    if (current_->rows() == 0 || !current_->plan().layer_runs_backward[layer]) {
      gradients_.fill_with_zeros(layer);
    }
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
    sum_over_shards(call.backward_sums, count, [&](std::size_t s, std::span<double> part) {
      call.shards[s].kernel->backward_sums(arguments(call.shards[s], {}), part);
    });
  }
  const ShardGradients::Call of_layer{layer_index, plan.first_of_layer, plan.last_of_layer};
  for (std::size_t s = 0; s < call.shards.size(); ++s) {
    gradients_.point(of_layer, s, call.shards[s].parameter_gradients);
    call.shards[s].kernel->backward(arguments(call.shards[s], call.backward_sums));
    gradients_.take(of_layer, s);
  }
  for (std::size_t k = 0; k < plan.input_gradients.size(); ++k) {
    if (plan.input_gradients[k].action != Action::kAdd || call.shards.empty()) continue;
    add(current_->scratch(index, k), current_->gradient(model_.calls()[index].inputs[k]));
  }
}

void Executor::announce(std::size_t layer) {
  const Range range = gradients_.range(layer);
  if (range.size() > 0) hooks_.gradients_final(range);
}

void Executor::end_step() {
  for (std::size_t i = 0; i < model_.calls().size(); ++i) {
    if (current_->plan().calls[i].passes_through) continue;
    model_.layer_of(model_.calls()[i]).end_step(step_, current_->call(i).forward_sums);
  }
}

}  // namespace ktrain
