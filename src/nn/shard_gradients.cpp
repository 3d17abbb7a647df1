#include "nn/shard_gradients.h"

#include <algorithm>

#include "core/sum.h"

namespace ktrain {
namespace {

void add(const float* from, float* to, std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  add_to({from, size}, {to, size});
}

void grow(Buffer& memory, std::int64_t elements) {
  const auto bytes = static_cast<std::size_t>(elements) * sizeof(float);
  if (memory.bytes() < bytes) memory = Buffer(bytes);
}

}  // namespace

ShardGradients::ShardGradients(Model& model) : model_(model), shard_sums_(model.layers().size()) {
  for (std::size_t layer = 0; layer < shard_sums_.size(); ++layer) {
    largest_ = std::max(largest_, range(layer).size());
  }
}

void ShardGradients::begin(const SummationOrder& order, std::vector<double>* squared_norms) {
  order_ = &order;
  squared_norms_ = squared_norms;
  if (squared_norms_ != nullptr) squared_norms_->assign(order.merges.size(), 0.0);
  grow(stack_, static_cast<std::int64_t>(order.height - order.left.size()) * largest_);
}

Range ShardGradients::range(std::size_t layer) const {
  const Model::Window window = model_.parameters_of(static_cast<int>(layer));
  Range range;
  for (const Parameter& parameter : model_.parameters().parameters().subspan(window.first, window.count)) {
    if (!parameter.trainable) continue;
    if (range.size() == 0) range.begin = parameter.range.begin;
    range.end = parameter.range.end;
  }
  return range;
}

float* ShardGradients::sum(std::size_t layer, std::size_t index) {
  const std::size_t planes = order_->left.size();
  if (index < planes) return model_.parameters().gradients(index).data() + range(layer).begin;
  return stack_.data<float>() + static_cast<std::int64_t>(index - planes) * largest_;
}

float* ShardGradients::shard_sum(std::size_t layer, std::size_t shard) {
  if (order_->merges.size() == 1) return sum(layer, 0);
  const std::int64_t count = range(layer).size();
  grow(shard_sums_[layer], static_cast<std::int64_t>(order_->merges.size()) * count);
  return shard_sums_[layer].data<float>() + static_cast<std::int64_t>(shard) * count;
}

void ShardGradients::point(const Call& call, std::size_t shard, std::vector<TensorView>& views) {
  if (shard == 0) top_ = 0;
  const Range all = range(call.layer);
  if (!call.first) grow(aside_, largest_);
  float* memory = !call.first ? aside_.data<float>()
                  : call.last ? sum(call.layer, top_)
                              : shard_sum(call.layer, shard);
  const Model::Window window = model_.parameters_of(static_cast<int>(call.layer));
  for (std::size_t k = 0; k < views.size(); ++k) {
    const Parameter& parameter = model_.parameters().parameters()[window.first + k];
    if (!parameter.trainable) continue;
    views[k] = {memory + (parameter.range.begin - all.begin), DType::kFloat32, parameter.shape};
  }
}

void ShardGradients::take(const Call& call, std::size_t shard) {
  const std::int64_t count = range(call.layer).size();
  if (!call.first) add(aside_.data<float>(), shard_sum(call.layer, shard), count);
  if (!call.last) return;
  if (!call.first && order_->merges.size() > 1) {
    std::copy_n(shard_sum(call.layer, shard), count, sum(call.layer, top_));
  }
  push(call.layer, shard);
}

void ShardGradients::push(std::size_t layer, std::size_t shard) {
  const std::int64_t count = range(layer).size();
  if (squared_norms_ != nullptr) {
    (*squared_norms_)[shard] += sum_of_squares({sum(layer, top_), static_cast<std::size_t>(count)});
  }
  ++top_;
  for (int merge = order_->merges[shard]; merge > 0; --merge) {
    --top_;
    add(sum(layer, top_), sum(layer, top_ - 1), count);
  }
}

void ShardGradients::fill_with_zeros(std::size_t layer) {
  const std::size_t planes = std::max<std::size_t>(order_->left.size(), 1);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const auto gradients = model_.parameters().gradients(plane);
    std::fill_n(gradients.begin() + range(layer).begin, range(layer).size(), 0.0F);
  }
}

}  // namespace ktrain
