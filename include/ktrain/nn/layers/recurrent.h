#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// What a cell computes in one step from its input x and its states (keras.layers.SimpleRNNCell, LSTMCell,
/// GRUCell); f is `activation`, g `recurrent_activation`.
enum class CellKind : std::uint8_t {
  kSimple,  ///< h = f(x·W + h·U + b)
  kLstm,    ///< blocks i, f, c, o of z = x·W + h·U + b: c = g(f) c + g(i) f(c); h = g(o) f(c)
  kGru      ///< blocks z, r, h: h = z h + (1 - z) f(x·W_h + b_h + r (h·U_h + b'_h)), z and r by g; not
            ///< reset_after: … f(x·W_h + b_h + (r h)·U_h)
};

/// A cell's arguments under Keras's names. Variables: kernel (in, gates units), recurrent_kernel (units,
/// gates units), bias (gates units), for GRU with reset_after (2, 3 units).
struct CellOptions {
  CellKind kind = CellKind::kLstm;
  std::string prefix = "lstm_cell";  ///< of the variables' names: "lstm_cell/kernel"
  std::string object = "cell";       ///< that owns the variables in weight files
  bool trainable = true;
  std::int64_t units = 0;
  Activation activation = {.kind = ActivationKind::kTanh};
  Activation recurrent_activation = {.kind = ActivationKind::kSigmoid};
  bool use_bias = true;
  bool unit_forget_bias = true;                                   ///< LSTM: the forget block starts at 1
  bool reset_after = true;                                        ///< GRU
  std::shared_ptr<const Initializer> kernel_initializer = {};     ///< null: GlorotUniform
  std::shared_ptr<const Initializer> recurrent_initializer = {};  ///< null: Orthogonal
  std::shared_ptr<const Initializer> bias_initializer = {};       ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  /// Rates of the masks on x and on h, drawn once a call and sample and kept for all its steps.
  double dropout = 0;
  double recurrent_dropout = 0;
  /// A mask for each gate instead of one for all: LSTM and GRU with recurrent_dropout.
  bool mask_per_gate = false;
  std::optional<std::uint64_t> seed = {};
};

/// keras.layers.RNN and its kin over one cell or several (StackedRNNCells: each takes the outputs of the one
/// before).
struct RecurrentOptions {
  std::string class_name = "RNN";
  std::vector<CellOptions> cells = {};
  bool return_sequences = false;
  bool return_state = false;
  /// The last step first; sequences come out in the order in which they were computed.
  bool go_backwards = false;
  /// A masked step's output is 0 instead of the output before it.
  bool zero_output_for_mask = false;
  /// The states at the beginning are inputs behind the sequence, in the order of the cells; else zeros.
  bool initial_state = false;
  /// The global batch's samples of a stateful layer, whose states at the beginning are those at the end of
  /// the batch before, zeros before the first (keras.layers.RNN: stateful); 0 for one that is not.
  std::int64_t stateful_batch = 0;
  /// The last input is the sequence's mask (N, T): a masked step (0) leaves the states as they are.
  bool masked = false;
};

/// Sequences (N, T, features) to (N, units), or (N, T, units) with return_sequences; with return_state the
/// states (N, units) follow, LSTM's h before its c. Throws Error{kConfiguration} on units < 1, rates outside
/// [0, 1] and activations that change a shape.
std::unique_ptr<Layer> make_recurrent(const std::string& name, const RecurrentOptions& options,
                                      bool trainable = true);

}  // namespace ktrain
