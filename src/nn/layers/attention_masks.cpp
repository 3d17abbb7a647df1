#include "nn/layers/attention_masks.h"

#include <algorithm>
#include <cstdlib>

namespace ktrain {

AttentionMasks::AttentionMasks(const AttentionSize& size, bool causal, std::optional<std::int64_t> window)
    : size_(size) {
  if (!causal && !window) return;
  for (std::int64_t i = 0; i < size.queries; ++i) {
    for (std::int64_t j = 0; j < size.keys; ++j) {
      const bool allowed = (!causal || j <= i) && (!window || std::abs(i - j) < *window);
      fixed_.push_back(allowed ? 1 : 0);
    }
  }
}

AllowedPositions AttentionMasks::of(ConstTensorView query, ConstTensorView value, ConstTensorView key,
                                    ConstTensorView attention) {
  if (query.empty() && value.empty() && key.empty() && attention.empty()) {
    return fixed_.empty() ? AllowedPositions{} : AllowedPositions{fixed_.data(), 0, 0};
  }
  heads_ = !attention.empty() && attention.shape().rank() == 4 ? attention.shape()[1] : 1;
  all_.resize(static_cast<std::size_t>(size_.outer * heads_ * size_.scores()));
  if (fixed_.empty()) std::ranges::fill(all_, std::uint8_t{1});
  for (auto at = all_.begin(); !fixed_.empty() && at != all_.end(); at += size_.scores()) {
    std::ranges::copy(fixed_, at);
  }
  if (!query.empty()) forbid_queries(query);
  if (!value.empty()) forbid_keys(value);
  if (!key.empty()) forbid_keys(key);
  if (!attention.empty()) forbid_positions(attention);
  return {all_.data(), heads_ * size_.scores(), heads_ > 1 ? size_.scores() : 0};
}

void AttentionMasks::forbid_queries(ConstTensorView mask) {
  const auto* ones = mask.data<float>();
  for (std::int64_t i = 0; i < size_.outer * heads_ * size_.queries; ++i) {
    const std::int64_t row = i / (heads_ * size_.queries);
    if (ones[row * size_.queries + i % size_.queries] == 0) {
      std::fill_n(all_.data() + i * size_.keys, size_.keys, std::uint8_t{0});
    }
  }
}

void AttentionMasks::forbid_keys(ConstTensorView mask) {
  for (std::int64_t i = 0; i < size_.outer * heads_ * size_.queries; ++i) {
    const auto* ones = mask.data<float>() + i / (heads_ * size_.queries) * size_.keys;
    std::uint8_t* allowed = all_.data() + i * size_.keys;
    for (std::int64_t j = 0; j < size_.keys; ++j) allowed[j] = ones[j] == 0 ? 0 : allowed[j];
  }
}

void AttentionMasks::forbid_positions(ConstTensorView mask) {
  const Shape& shape = mask.shape();
  const std::int64_t queries = shape[-2], keys = shape[-1];
  for (std::int64_t i = 0; i < size_.outer * heads_ * size_.queries; ++i) {
    const std::int64_t matrix = i / size_.queries, query = queries == 1 ? 0 : i % size_.queries;
    const auto* ones = mask.data<float>() + (matrix * queries + query) * keys;
    std::uint8_t* allowed = all_.data() + i * size_.keys;
    for (std::int64_t j = 0; j < size_.keys; ++j) {
      if (ones[keys == 1 ? 0 : j] == 0) allowed[j] = 0;
    }
  }
}

}  // namespace ktrain
