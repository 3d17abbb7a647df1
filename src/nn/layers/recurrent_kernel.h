#pragma once

#include <memory>
#include <vector>

#include "ktrain/nn/layers/recurrent.h"
#include "nn/layers/recurrent_cell.h"

namespace ktrain {

/// One call of a recurrent layer: its cells one after the other, each over the whole sequence, and the way
/// from the batch first to the time first and back.
class RecurrentKernel final : public LayerKernel {
 public:
  /// `states`: those of a stateful layer, else empty.
  RecurrentKernel(const Layer& layer, const RecurrentOptions& options, SequenceSize size,
                  std::span<Tensor> states, bool training, std::uint32_t call);

  void forward(const Forward& call) override;
  void backward(const Backward& call) override;

 private:
  struct Stage {
    std::unique_ptr<RecurrentCell> cell;
    SequenceSize size;
    std::int64_t units = 0;
    bool use_bias = false;
    std::size_t first_parameter = 0;
    std::size_t first_state = 0;
    /// Of the sequence that goes in, time first; for the first cell only if somebody wants it.
    Tensor input_gradient;
  };

  RecurrentCell::Weights weights(const Stage& stage) const;
  void read_inputs(const Forward& call);
  void read_initial_states(const Forward& call);
  /// What a stateful layer begins with in the next batch.
  void keep_states(const StepContext& step);
  /// This kernel's rows of a stateful layer's state.
  float* kept_state(std::size_t index, const StepContext& step);
  void write_outputs(const Forward& call);
  /// Zeroes what belongs to masked steps in a tensor (steps, rows, width) or, for one step, (rows, width).
  void zero_masked(std::int64_t first_step, std::int64_t steps, std::int64_t width, float* values) const;
  /// The gradients of the last cell's outputs, time first; null when there are none.
  const float* read_sequence_gradient(const Backward& call);
  void read_state_gradients(const Backward& call);
  void backward(const Backward& call, Stage& stage, const float* output_gradients);

  const Layer& layer_;
  RecurrentOptions options_;
  SequenceSize size_;
  std::vector<Stage> stages_;
  std::span<Tensor> kept_states_;
  Tensor x_;                  ///< (steps, rows, features)
  Tensor mask_;               ///< (steps, rows)
  Tensor zeroed_;             ///< (steps, rows, units): the outputs with masked steps at 0
  Tensor sequence_gradient_;  ///< (steps, rows, units), of what comes out
  Tensor last_gradient_;      ///< (rows, units), of the last step's output and h
  std::vector<const float*> initial_;
  std::vector<const float*> final_gradients_;
  std::vector<float*> initial_gradients_;
};

}  // namespace ktrain
