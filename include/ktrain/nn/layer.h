#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/constraint.h"
#include "ktrain/nn/initializer.h"
#include "ktrain/nn/regularizer.h"
#include "ktrain/tensor/parameter.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// What a layer may know about the step it works in.
struct StepContext {
  bool training = false;
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  /// Position in the epoch of row 0 of the rows given; row r is at first_position + r. Random numbers hang on
  /// it.
  std::int64_t first_position = 0;
  /// Position in the epoch of the step's first row, whichever rank has it: row r given is number
  /// first_position - step_position + r of the global batch. In training.
  std::int64_t step_position = 0;
  /// Rows of the step on all ranks together, in training: what penalties of activations are divided by.
  std::int64_t global_rows = 0;
  /// In inference: moving statistics are estimated anew, so what they stand in for comes from the batch, as
  /// in training. Needs global_rows.
  bool recalibration = false;
  /// Grows whenever weights change; packed copies of weights are refreshed when they see a new value.
  std::uint64_t weights_version = 0;
};

/// One call of a layer prepared for a fixed number of rows: primitives made, scratch memory taken. A kernel
/// keeps what backward needs from its latest forward. All tensors are float32 with the batch dimension first,
/// channels last.
class LayerKernel {
 public:
  struct Forward {
    const StepContext& step;
    std::span<const ConstTensorView> inputs;
    std::span<const TensorView> outputs;
    /// The sums of `forward_sums` over the whole group; empty when the kernel asked for none.
    std::span<const double> group_sums;
  };
  struct Backward {
    const StepContext& step;
    std::span<const ConstTensorView> inputs;   ///< as in forward
    std::span<const ConstTensorView> outputs;  ///< as in forward
    /// d loss / d output; an empty view for an output that the loss does not depend on. One at least is
    /// there, unless the layer has no outputs.
    std::span<const ConstTensorView> output_gradients;
    /// To be overwritten with d loss / d input; an empty view where nobody needs it.
    std::span<const TensorView> input_gradients;
    /// To be overwritten, one per parameter in the layer's order; an empty view for a parameter that is not
    /// trainable.
    std::span<const TensorView> parameter_gradients;
    /// The sums of `forward_sums` and of `backward_sums` over the whole group.
    std::span<const double> forward_group_sums;
    std::span<const double> group_sums;
  };

  virtual ~LayerKernel() = default;

  virtual void forward(const Forward& call) = 0;
  virtual void backward(const Backward& call) = 0;

  /// For layers with `forward_sum_count` (`backward_sum_count`) > 0, called before forward (backward) in each
  /// step. Overwrites `sums` with this kernel's rows' part. `call.group_sums` is empty here.
  virtual void forward_sums(const Forward& call, std::span<double> sums);
  virtual void backward_sums(const Backward& call, std::span<double> sums);

  /// For layers with `has_activity_penalty`: the penalties of what these rows made in the latest forward, to
  /// be added up over the group and divided by its rows. Backward has added their gradient, so divided.
  virtual double activity_penalty() const { return 0; }
};

/// A variable that a layer declares.
struct ParameterSpec {
  std::string name;  ///< Keras's path within the layer: "kernel", "lstm_cell/recurrent_kernel"
  Shape shape;
  bool trainable = true;
  std::shared_ptr<const Initializer> initializer;
  Regularizer regularizer;
  /// The object within the layer that owns it in Keras's weight files: "" (the layer itself), "cell",
  /// "query_dense". Variables of one object are numbered in the order of their declaration.
  std::string object = {};
  Constraint constraint = {};  ///< applied after each update while the variable is trained
  /// Another object in whose place Keras's weight files hold it once more.
  std::optional<std::string> copied_to = {};
};

/// A layer: its configuration and its variables. It does not compute; its kernels do.
class Layer {
 public:
  /// `trainable` false freezes every variable (keras.Layer.trainable).
  Layer(std::string name, std::string class_name, bool trainable = true);
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return name_; }
  const std::string& class_name() const { return class_name_; }
  bool trainable() const { return trainable_; }
  /// Where Keras's weight files keep its variables, "layers/dense_1"; empty unless the model came from a
  /// file.
  const std::string& file_path() const { return file_path_; }
  void set_file_path(std::string path) { file_path_ = std::move(path); }

  /// The sample shapes of the outputs (none for a layer that is but a penalty) for these sample shapes of
  /// inputs; the first call also declares the variables (`declare`). Throws Error{kConfiguration} that names
  /// the layer when a shape does not fit.
  virtual std::vector<Shape> build(std::span<const Shape> inputs) = 0;

  /// In Keras's order (`layer.weights`), known after build. Frozen layers' specs are all not trainable.
  std::span<const ParameterSpec> parameter_specs() const { return specs_; }
  /// The windows of the flat values, given once by the model, in the order of parameter_specs().
  virtual void bind(std::vector<TensorView> parameters) { parameters_ = std::move(parameters); }
  std::span<const TensorView> parameters() const { return parameters_; }

  /// True when output and input are the same numbers in the same order (Reshape; Dropout in inference): the
  /// executor then gives the output the input's memory and calls no kernel, forward or backward.
  virtual bool passes_through(bool training) const;

  /// True when d loss / d input is d loss / d output for every input (Add): the executor then shares or adds
  /// the gradient itself and calls no kernel's backward.
  virtual bool passes_gradient_through() const { return false; }

  /// True when its kernels take inputs of uint8 as well, as the float32 of the same numbers: images then
  /// reach it as they are stored.
  virtual bool reads_bytes() const { return false; }

  /// False when no gradient flows from the outputs to the inputs (comparisons, masks, token lookups): its
  /// kernels are then never asked for input gradients.
  virtual bool is_differentiable() const { return true; }

  /// True when its kernels add penalties of activations to the loss.
  virtual bool has_activity_penalty() const { return false; }

  /// A kernel of this layer for `rows` rows. `call` numbers the calls of a shared layer from 0.
  virtual std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs,
                                               bool training, std::uint32_t call) = 0;

  /// How many float64 sums over all samples of the group a kernel needs before forward (or backward) in such
  /// a step; 0 for layers that treat samples apart. Global-statistics BatchNormalization needs some. A rank
  /// without samples takes part with zeros.
  virtual std::int64_t forward_sum_count(const StepContext&) const { return 0; }
  virtual std::int64_t backward_sum_count(const StepContext&) const { return 0; }

  /// True when it has moving statistics that stand in for a batch's where it does not train: steps of a
  /// recalibration end with `end_step`, which gathers, and all of them with `end_recalibration`, on every
  /// rank alike.
  virtual bool has_moving_statistics() const { return false; }
  /// The moving statistics become what the steps since the last call said, a mean weighted by samples.
  virtual void end_recalibration() {}

  /// True when the variables that end_step changes saw this rank's rows only (BatchNormalization with local
  /// statistics): the trainer then averages them over the ranks.
  virtual bool has_local_statistics() const { return false; }

  /// The momenta with which it moves statistics of batches (BatchNormalization's), for
  /// those who change the batch: to be set between steps.
  virtual std::vector<double*> statistics_momenta() { return {}; }

  /// What goes on from one global batch to the next and is no variable (the states of a stateful RNN), each
  /// (global batch, sample…): a call with rows at position p reads and writes the rows from p mod global
  /// batch on. Empty for layers that begin anew with each batch.
  virtual std::vector<TensorView> states() { return {}; }

  /// What changes once a step, before its forward: true when variables did. Called in training on every rank
  /// alike.
  virtual bool begin_step() { return false; }

  /// What changes once a step, after backward (moving statistics). Called for each call of the layer in
  /// forward order with that call's group sums; on every rank alike.
  virtual void end_step(const StepContext&, std::span<const double> forward_group_sums);

 protected:
  /// Declares a variable in build; a frozen layer's become not trainable. Ignored once the layer is built.
  void declare(ParameterSpec spec);
  /// Marks the end of the first build.
  void set_built() { built_ = true; }
  bool built() const { return built_; }

 private:
  std::string name_;
  std::string class_name_;
  std::string file_path_;
  bool trainable_;
  bool built_ = false;
  std::vector<ParameterSpec> specs_;
  std::vector<TensorView> parameters_;
};

}  // namespace ktrain
