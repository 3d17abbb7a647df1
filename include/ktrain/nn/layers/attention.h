#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Attention and AdditiveAttention: out = softmax(scores)·value, dropped out in between, for one
/// head. Scores of a query q and a key k: kDot scale q·k, kConcat w sum of tanh(scale (q + k)), kAdditive sum
/// of scale tanh(q + k). Variables: scale (), for kAdditive (dim), with use_scale; concat_score_weight () for
/// kConcat.
enum class ScoreMode : std::uint8_t { kDot, kConcat, kAdditive };

struct AttentionOptions {
  ScoreMode score_mode = ScoreMode::kDot;
  bool use_scale = false;
  double dropout = 0;
  std::optional<std::uint64_t> seed = {};
  /// Inputs: query (N, Tq, dim), value (N, Tv, width), then the key (N, Tv, dim) if there is one (else the
  /// value), then the masks (N, Tq) and (N, Tv) of query and value if there are any, and the key's, which
  /// counts for nothing.
  bool has_key = false;
  bool masked = false;
  bool use_causal_mask = false;
  bool return_attention_scores = false;  ///< (N, Tq, Tv) as a second output
};

/// A masked position's score is lowered by 1e9; a masked query's output is 0. Throws Error{kConfiguration} on
/// a rate outside [0, 1].
std::unique_ptr<Layer> make_attention(const std::string& name, const std::string& class_name,
                                      const AttentionOptions& options, bool trainable = true);

}  // namespace ktrain
