#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.MultiHeadAttention and GroupQueryAttention (Vaswani et al., arXiv:1706.03762; Ainslie et al.,
/// arXiv:2305.13245): for each head softmax(q·k / sqrt(key_dim))·v of the projected query, key and value, and
/// a projection of all heads together. Each head of keys and values serves num_heads / key_value_heads heads.
struct MultiHeadAttentionOptions {
  std::string class_name = "MultiHeadAttention";
  std::int64_t num_heads = 0;
  std::int64_t key_value_heads = 0;  ///< 0: num_heads
  std::int64_t key_dim = 0;
  std::int64_t value_dim = 0;  ///< 0: key_dim
  double dropout = 0;
  bool use_bias = true;
  /// Multiplies what the heads give by sigmoid of a projection of the query (arXiv:2505.06708).
  bool use_gate = false;
  std::vector<std::int64_t> output_shape = {};  ///< empty: the query's last dimension
  /// The axes that are attended over together, the batch counted; empty: all between batch and features.
  std::vector<int> attention_axes = {};
  std::optional<std::int64_t> sliding_window = {};
  std::shared_ptr<const Initializer> kernel_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};    ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  /// Penalizes the results of the projections in here; that of the last is the output, whose penalty is added
  /// from outside.
  Regularizer activity_regularizer = {};
  std::optional<std::uint64_t> seed = {};
  /// What begins the names of the owners in weight files: "query_dense" or "_query_dense".
  std::string object_prefix = {};
  bool use_causal_mask = false;
  bool return_attention_scores = false;  ///< (N, heads, Tq, Tv) as a second output
  /// Where the inputs stand; -1: there is none. The query is input 0 and the value input 1.
  int key = -1;
  int query_mask = -1;      ///< (N, Tq)
  int value_mask = -1;      ///< (N, Tv)
  int key_mask = -1;        ///< (N, Tv)
  int attention_mask = -1;  ///< (N, Tq, Tv), (N, heads, Tq, Tv), or 1 in place of any of those
};

/// Variables, each a kernel and a bias: query (dim, heads, key_dim), key, gate, value, attention_output
/// (heads, value_dim, output_shape…). A query without a position that it may attend to gets the mean of the
/// values, or with dropout or returned scores 0. Throws Error{kConfiguration}.
std::unique_ptr<Layer> make_multi_head_attention(const std::string& name,
                                                 const MultiHeadAttentionOptions& options,
                                                 bool trainable = true);

}  // namespace ktrain
