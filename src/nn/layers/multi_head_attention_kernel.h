#pragma once

#include <vector>

#include "ktrain/nn/layers/multi_head_attention.h"
#include "nn/layers/attention_core.h"
#include "nn/layers/attention_masks.h"

namespace ktrain {

/// The axes of a sample that are attended over.
struct HeadAxes {
  int first = 0;
  int count = 1;
};

class MultiHeadAttentionKernel final : public LayerKernel {
 public:
  MultiHeadAttentionKernel(const Layer& layer, const MultiHeadAttentionOptions& options,
                           const std::vector<Shape>& inputs, const HeadAxes& axes, std::int64_t rows,
                           std::uint32_t call, bool training);

  void forward(const Forward& call) override;
  void backward(const Backward& call) override;
  double activity_penalty() const override { return activity_penalty_; }

 private:
  /// A product with a kernel, its bias added: (rows, in) to (rows, out).
  struct Projection {
    std::int64_t rows = 0;
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::size_t parameter = 0;
    bool use_bias = false;
    Tensor result;
    Tensor gradient;
  };

  Projection projection(std::int64_t rows, std::int64_t in, std::int64_t out, bool training);
  void project(const Projection& projection, const float* x, float* y) const;
  /// From the result's gradient to those of the weights and, added or not, of x; null: not wanted.
  void project_backward(const Projection& projection, const Backward& call, const float* x, const float* dy,
                        float* dx, bool add) const;
  AllowedPositions allowed(std::span<const ConstTensorView> inputs);
  /// What the activity_regularizer says of the projections but for the last, whose result is the output.
  void penalize_projections();
  void add_penalty_to(Projection& projection, const StepContext& step) const;
  void multiply_by_gate();
  void gate_backward(const StepContext& step);
  void backward_core(const Backward& call);

  const Layer& layer_;
  MultiHeadAttentionOptions options_;
  AttentionSize size_;
  std::size_t next_parameter_ = 0;
  Projection query_, key_, gate_, value_, output_;
  AttentionCore core_;
  AttentionMasks masks_;
  DotScores scores_;
  double activity_penalty_ = 0;
  Tensor heads_;           ///< (outer, queries, inner, heads, value_dim): what the heads give
  Tensor gated_;           ///< the same times the gate
  Tensor heads_gradient_;  ///< of what goes into the output's projection, then of heads_
};

}  // namespace ktrain
