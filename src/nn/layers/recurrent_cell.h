#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/recurrent.h"
#include "nn/layers/dropout_mask.h"
#include "ops/block_activation.h"

namespace ktrain {

/// The sizes of a sequence that a cell runs over. Its tensors are time first, (steps, rows, …), in the order
/// of the computation.
struct SequenceSize {
  std::int64_t steps = 0;
  std::int64_t rows = 0;
  std::int64_t features = 0;
};

std::int64_t gate_count(CellKind kind);
std::int64_t state_count(CellKind kind);

/// A cell run over a whole sequence: x·kernel for all steps in one product, a loop over the steps for what
/// hangs on the states, and the weights' gradients in one product over all steps again. What a step computes
/// is its subclasses'; here is what all have in common.
class RecurrentCell {
 public:
  struct Weights {
    const float* kernel = nullptr;
    const float* recurrent_kernel = nullptr;
    const float* bias = nullptr;
  };
  /// Null: not wanted.
  struct WeightGradients {
    float* kernel = nullptr;
    float* recurrent_kernel = nullptr;
    float* bias = nullptr;
  };
  struct Forward {
    const StepContext& step;
    Weights weights;
    const float* x = nullptr;              ///< (steps, rows, features); stays until backward
    const float* mask = nullptr;           ///< (steps, rows), or null; stays until backward
    std::span<const float* const> states;  ///< (rows, units) each at the beginning; empty for zeros
  };
  struct Backward {
    const float* output_gradients = nullptr;  ///< (steps, rows, units), or null
    std::span<const float* const> states;     ///< gradients of the final states; null: zero
    float* x = nullptr;                       ///< gradients to be overwritten; null where not wanted
    std::span<float* const> initial_states;
    WeightGradients weights;
  };

  RecurrentCell(const CellOptions& options, SequenceSize size, const DropoutMask& purpose, bool training);
  virtual ~RecurrentCell() = default;
  RecurrentCell(const RecurrentCell&) = delete;
  RecurrentCell& operator=(const RecurrentCell&) = delete;

  void forward(const Forward& call);
  void backward(const Backward& call);

  std::int64_t states() const { return std::ssize(states_); }
  /// h after each step, (steps, rows, units).
  const float* outputs() const { return state(0, 1); }
  const float* final_state(std::int64_t index) const { return state(index, size_.steps); }

 protected:
  /// Fills state(k, step + 1) from state(k, step) and gates(step), which holds x·kernel + bias.
  virtual void step_forward(std::int64_t step) = 0;
  /// From `gradient(k)`, those of the states after the step, fills gate_gradients(step) and
  /// previous_gradient(k), those of the states before the step as far as they do not come by
  /// carry_gradient.
  virtual void step_backward(std::int64_t step) = 0;
  /// previous_gradient(0) += what comes by the recurrent products of the step.
  virtual void carry_gradient(std::int64_t step) = 0;
  virtual void recurrent_gradient(float* gradient) = 0;
  virtual void bias_gradient(float* gradient) = 0;
  /// The bias to be added to x·kernel; null for none.
  virtual const float* projected_bias() { return weights_.bias; }
  /// Called for a masked row after step_backward: further gradients of the step to be zeroed.
  virtual void release_row(std::int64_t, std::int64_t) {}

  std::int64_t rows() const { return size_.rows; }
  std::int64_t steps() const { return size_.steps; }
  std::int64_t units() const { return options_.units; }
  std::int64_t width() const { return gate_count(options_.kind) * options_.units; }
  bool training() const { return training_; }
  const CellOptions& options() const { return options_; }
  const Weights& weights() const { return weights_; }

  const float* state(std::int64_t index, std::int64_t step) const;
  float* state(std::int64_t index, std::int64_t step);
  float* gates(std::int64_t step) { return gates_.span<float>().data() + step * rows() * width(); }
  /// What went into the activations; null unless one of them needs it in backward.
  float* gate_inputs(std::int64_t step);
  float* gate_gradients(std::int64_t step) { return gate_gradients_ + step * rows() * width(); }
  float* gradient(std::int64_t state) { return gradient_of(current_, state); }
  float* previous_gradient(std::int64_t state) { return gradient_of(1 - current_, state); }
  /// The mask on h for a gate, (rows, units); null without one.
  const float* recurrent_mask(std::int64_t gate) const;

  /// Applies an activation to `count` gates from `first` on of some rows of a step, or its slope to their
  /// gradients in place.
  void activate(const Activation& activation, std::int64_t step, std::int64_t first, std::int64_t count,
                std::int64_t row, std::int64_t last_row);
  void activate_backward(const Activation& activation, std::int64_t step, std::int64_t first,
                         std::int64_t count, std::int64_t row, std::int64_t last_row);

  /// target (rows, target_stride)  = or += h(step)·recurrent_kernel for some gates.
  void recur(std::int64_t step, std::int64_t first, std::int64_t count, float* target,
             std::int64_t target_stride, bool accumulate);
  /// target (rows, units) += source·recurrent_kernel' for some gates, under the recurrent masks.
  void recur_backward(std::int64_t first, std::int64_t count, const float* source, std::int64_t source_stride,
                      float* target);
  /// The columns of some gates of the recurrent kernel's gradient: h'·source over all steps.
  void recurrent_kernel_gradient(std::int64_t first, std::int64_t count, const float* source,
                                 std::int64_t source_stride, float* gradient);

  /// body(first_row, last_row) on all threads.
  template <typename Body>
  void for_rows(const Body& body) const {
    parallel_for(rows(), 4096 / width() + 1, body);
  }

 private:
  /// Masks drawn anew in each forward, (rows, width) each.
  struct Masks {
    std::vector<DropoutMask> dropout;
    std::vector<Tensor> values;
    Masks(const DropoutMask& purpose, std::int64_t count, std::int64_t rows, std::int64_t width);
    void draw(const StepContext& step);
    bool empty() const { return values.empty(); }
    const float* of(std::int64_t gate) const {
      return values[static_cast<std::size_t>(gate)].span<float>().data();
    }
  };

  float* gradient_of(int which, std::int64_t state);
  std::int64_t mask_count(double rate, bool per_gate) const;
  bool masks_input_per_gate() const { return input_masks_.values.size() > 1; }
  void begin(std::span<const float* const> states);
  void project();
  void hold(std::int64_t step);
  void release(std::int64_t step);
  void input_gradient(float* gradient);
  void kernel_gradient(float* gradient);

  CellOptions options_;
  SequenceSize size_;
  bool training_;
  Masks input_masks_;      ///< none, one, or one for each gate
  Masks recurrent_masks_;  ///< none, or one for each gate
  Weights weights_;
  const float* x_ = nullptr;
  const float* mask_ = nullptr;
  std::vector<Tensor> states_;     ///< (steps + 1, rows, units) each
  Tensor gates_;                   ///< (steps, rows, gates, units), activated
  Tensor gate_inputs_;             ///< the same before, if kept
  Tensor masked_x_;                ///< x under its only mask
  std::vector<Tensor> gradients_;  ///< (2, rows, units) for each state
  int current_ = 0;
  float* gate_gradients_ = nullptr;  ///< as gates_; scratch memory
};

std::unique_ptr<RecurrentCell> make_recurrent_cell(const CellOptions& options, SequenceSize size,
                                                   const DropoutMask& purpose, bool training);

// The three, each in a file.
std::unique_ptr<RecurrentCell> make_simple_cell(const CellOptions& options, SequenceSize size,
                                                const DropoutMask& purpose, bool training);
std::unique_ptr<RecurrentCell> make_lstm_cell(const CellOptions& options, SequenceSize size,
                                              const DropoutMask& purpose, bool training);
std::unique_ptr<RecurrentCell> make_gru_cell(const CellOptions& options, SequenceSize size,
                                             const DropoutMask& purpose, bool training);

}  // namespace ktrain
