#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ktrain/tensor/tensor.h"
#include "nn/layers/attention_core.h"

namespace ktrain {

/// All masks of an attention as one: a query may attend to a key where none forbids it.
class AttentionMasks {
 public:
  /// A causal mask forbids keys behind the query's position, a window those `window` or more positions away.
  AttentionMasks(const AttentionSize& size, bool causal, std::optional<std::int64_t> window);

  /// With the masks of the rows: query (N, Tq), value and key (N, Tv), attention (N, heads or 1, Tq or 1, Tv
  /// or 1) or the same without heads; empty views for those that there are not. Valid until the next call.
  AllowedPositions of(ConstTensorView query, ConstTensorView value, ConstTensorView key,
                      ConstTensorView attention);

 private:
  void forbid_queries(ConstTensorView mask);
  void forbid_keys(ConstTensorView mask);
  void forbid_positions(ConstTensorView mask);

  AttentionSize size_;
  std::vector<std::uint8_t> fixed_;  ///< (queries, keys), of causal mask and window; empty without
  std::vector<std::uint8_t> all_;    ///< (rows, heads or 1, queries, keys)
  std::int64_t heads_ = 1;
};

}  // namespace ktrain
