#pragma once

#include <cstdint>

#include "ktrain/tensor/tensor.h"
#include "nn/layers/attention_scores.h"
#include "nn/layers/dropout_mask.h"

namespace ktrain {

/// What becomes of the score of a position that must not be attended to.
enum class MaskRule : std::uint8_t {
  kReplace,         ///< a large negative number in its place
  kReplaceAndZero,  ///< and its probability is 0 even where no position is left
  kSubtract         ///< lowered by 1e9
};

/// Ones where a query may attend to a key, (…, queries, keys); null: everywhere. A stride of 0 repeats.
struct AllowedPositions {
  const std::uint8_t* data = nullptr;
  std::int64_t outer_stride = 0;
  std::int64_t head_stride = 0;
};

/// output = dropout(softmax(scores))·value for each head, and backward.
class AttentionCore {
 public:
  AttentionCore(const AttentionSize& size, MaskRule rule, const DropoutMask& dropout, std::int64_t rows,
                bool training);

  void forward(const StepContext& step, AttentionScores& scores, const float* value, AllowedPositions allowed,
               float* output);
  /// The softmax's results of the latest forward, before dropout: (outer, inner, heads, queries, keys).
  const float* probabilities() const { return probabilities_.span<float>().data(); }
  /// `output_gradient` and `probability_gradient` may be null, not both; `value_gradient` may be null.
  void backward(AttentionScores& scores, const float* value, AllowedPositions allowed,
                const float* output_gradient, const float* probability_gradient, float* value_gradient);

 private:
  /// body(group) on all threads.
  template <typename Body>
  void for_groups(const Body& body) const;
  const std::uint8_t* allowed_in(AllowedPositions allowed, std::int64_t group, std::int64_t repeat) const;
  void normalise(const std::uint8_t* allowed, float* scores) const;
  /// The probabilities with dropout, in scratch memory where there is any.
  const float* dropped(std::int64_t matrix) const;
  void softmax_backward(const std::uint8_t* allowed, std::int64_t matrix, float* gradient) const;

  AttentionSize size_;
  MaskRule rule_;
  DropoutMask dropout_;
  std::int64_t rows_;
  Tensor probabilities_;
  Tensor masks_;  ///< as probabilities_; empty without dropout
};

}  // namespace ktrain
