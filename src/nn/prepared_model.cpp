#include "nn/prepared_model.h"

#include <algorithm>

#include "core/check.h"

namespace ktrain {

using Action = ExecutionPlan::InputGradient::Action;

namespace {

std::vector<Range> cut_rows(std::int64_t rows, std::int64_t size) {
  std::vector<Range> shards;
  for (std::int64_t begin = 0; begin < rows; begin = shards.back().end) {
    shards.push_back({begin, size == 0 ? rows : std::min(begin + size, rows)});
  }
  return shards;
}

SummationOrder summation_of(std::int64_t shards, const ShardCut& cut) {
  if (cut.leaves == 0) return summation_of_leaves({0, shards}, shards);
  return summation_of_leaves({cut.first, cut.first + shards}, cut.leaves);
}

}  // namespace

PreparedModel::PreparedModel(const Model& model, std::int64_t rows, const ShardCut& cut, Gradients gradients)
    : model_(model),
      rows_(rows),
      shards_(cut_rows(rows, cut.size)),
      summation_(summation_of(std::ssize(shards_), cut)),
      plan_(plan_execution(model, rows, gradients)),
      calls_(model.calls().size()) {
  const bool training = gradients != Gradients::kNone;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const Model::Call& call = model.calls()[i];
    Layer& layer = model.layer_of(call);
    std::vector<Shape> shapes;
    for (const int input : call.inputs) {
      shapes.push_back(model.tensors()[static_cast<std::size_t>(input)].sample_shape);
    }
    if (plan_.calls[i].passes_through) continue;
    for (const Range of_shard : shards_) {
      Shard shard;
      shard.rows = of_shard;
      shard.kernel = layer.prepare(of_shard.size(), shapes, training, call.number);
      shard.inputs.resize(shapes.size());
      shard.outputs.resize(call.outputs.size());
      shard.const_outputs.resize(call.outputs.size());
      shard.output_gradients.resize(call.outputs.size());
      shard.input_gradients.resize(shapes.size());
      shard.parameter_gradients.resize(layer.parameter_specs().size());
      calls_[i].shards.push_back(std::move(shard));
    }
  }
}

void PreparedModel::bind(std::byte* arena, std::span<const ConstTensorView> inputs) {
  const auto same_place = [](const ConstTensorView& a, const ConstTensorView& b) {
    return a.address() == b.address() && a.dtype() == b.dtype();
  };
  if (arena == arena_ && std::ranges::equal(inputs, inputs_, same_place)) return;
  arena_ = arena;
  inputs_.assign(inputs.begin(), inputs.end());
  for (std::size_t i = 0; i < calls_.size(); ++i) bind_call(i);
}

void PreparedModel::bind_call(std::size_t index) {
  const Model::Call& call = model_.calls()[index];
  const ExecutionPlan::CallPlan& plan = plan_.calls[index];
  for (Shard& shard : calls_[index].shards) {
    for (std::size_t k = 0; k < call.inputs.size(); ++k) {
      shard.inputs[k] = value(call.inputs[k]).rows(shard.rows.begin, shard.rows.end);
      if (!plan.runs_backward || plan.passes_gradient_through) continue;
      switch (plan.input_gradients[k].action) {
        case Action::kWrite:
          shard.input_gradients[k] = gradient(call.inputs[k]).rows(shard.rows.begin, shard.rows.end);
          break;
        case Action::kAdd:
          shard.input_gradients[k] = scratch(index, k).rows(shard.rows.begin, shard.rows.end);
          break;
        case Action::kNone:
        case Action::kShare:
          break;
      }
    }
    for (std::size_t k = 0; k < call.outputs.size(); ++k) {
      const int output = call.outputs[k];
      shard.outputs[k] = at(plan_.values[static_cast<std::size_t>(output)].offset, output)
                             .rows(shard.rows.begin, shard.rows.end);
      shard.const_outputs[k] = shard.outputs[k];
      if (plan.runs_backward && !gradient(output).empty()) {
        shard.output_gradients[k] = gradient(output).rows(shard.rows.begin, shard.rows.end);
      }
    }
  }
}

TensorView PreparedModel::at(std::int64_t offset, int tensor) const {
  KTRAIN_CHECK(offset >= 0, "tensor ", tensor, " has no place");
  const Shape& sample = model_.tensors()[static_cast<std::size_t>(tensor)].sample_shape;
  return {arena_ + offset, DType::kFloat32, sample.batched(rows_)};
}

ConstTensorView PreparedModel::value(int tensor) const {
  const ExecutionPlan::Place& place = plan_.values[static_cast<std::size_t>(tensor)];
  if (place.input < 0) return at(place.offset, tensor);
  const Shape& sample = model_.tensors()[static_cast<std::size_t>(tensor)].sample_shape;
  return inputs_[static_cast<std::size_t>(place.input)].reshaped(sample.batched(rows_));
}

TensorView PreparedModel::gradient(int tensor) const {
  const std::int64_t offset = plan_.gradients[static_cast<std::size_t>(tensor)];
  return offset < 0 ? TensorView() : at(offset, tensor);
}

TensorView PreparedModel::scratch(std::size_t call, std::size_t k) const {
  return at(plan_.calls[call].input_gradients[k].scratch, model_.calls()[call].inputs[k]);
}

}  // namespace ktrain
