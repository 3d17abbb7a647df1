#pragma once

#include <cstdint>

namespace ktrain {

/// The sizes of an attention. Tensors are (outer, positions, inner, heads, width), query heads one after the
/// other for each key head; scores are (outer, inner, heads, queries, keys).
struct AttentionSize {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  std::int64_t heads = 1;
  std::int64_t key_heads = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t key_width = 0;
  std::int64_t value_width = 0;

  std::int64_t scores() const { return queries * keys; }
  std::int64_t repeats() const { return heads / key_heads; }
  /// Independent pieces: those of one key head.
  std::int64_t groups() const { return outer * inner * key_heads; }
};

/// One of the matrices that such a tensor is made of: `stride` from one position to the next.
struct HeadMatrix {
  std::int64_t offset = 0;
  std::int64_t stride = 0;
};

/// That of query head `repeat` of a group in a tensor of `positions` and `width`, and that of the group's key
/// head.
HeadMatrix query_matrix(const AttentionSize& size, std::int64_t group, std::int64_t repeat,
                        std::int64_t positions, std::int64_t width);
HeadMatrix key_matrix(const AttentionSize& size, std::int64_t group, std::int64_t positions,
                      std::int64_t width);
/// The number of the scores' matrix.
std::int64_t score_matrix(const AttentionSize& size, std::int64_t group, std::int64_t repeat);

/// How queries and keys are compared.
class AttentionScores {
 public:
  virtual ~AttentionScores() = default;
  /// scores (queries, keys) of one head. Heads of other groups are computed at the same time.
  virtual void forward(std::int64_t group, std::int64_t repeat, float* scores) = 0;
  /// From the scores' gradient, which it may change, to that of queries and keys; a key head's is summed over
  /// its repeats, which come in order.
  virtual void backward(std::int64_t group, std::int64_t repeat, float* gradient) = 0;
};

/// scale q·k.
class DotScores final : public AttentionScores {
 public:
  explicit DotScores(const AttentionSize& size) : size_(size) {}

  const float* query = nullptr;
  const float* key = nullptr;
  float scale = 1;
  float* query_gradient = nullptr;
  float* key_gradient = nullptr;
  /// For each matrix of scores its part of the scale's gradient; null: not wanted.
  double* scale_gradients = nullptr;

  void forward(std::int64_t group, std::int64_t repeat, float* scores) override;
  void backward(std::int64_t group, std::int64_t repeat, float* gradient) override;

 private:
  AttentionSize size_;
};

/// sum over i of weights[i] tanh(factor (q[i] + k[i])); one head.
class TanhScores final : public AttentionScores {
 public:
  explicit TanhScores(const AttentionSize& size) : size_(size) {}

  const float* query = nullptr;
  const float* key = nullptr;
  const float* weights = nullptr;  ///< (key_width)
  float factor = 1;
  float* query_gradient = nullptr;
  float* key_gradient = nullptr;
  float* weight_gradients = nullptr;   ///< (outer, key_width), a row for each sample
  double* factor_gradients = nullptr;  ///< (outer)

  void forward(std::int64_t group, std::int64_t repeat, float* scores) override;
  void backward(std::int64_t group, std::int64_t repeat, float* gradient) override;

 private:
  AttentionSize size_;
};

}  // namespace ktrain
