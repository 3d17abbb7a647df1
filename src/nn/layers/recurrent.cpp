#include "ktrain/nn/layers/recurrent.h"

#include <algorithm>
#include <utility>

#include "nn/layers/recurrent_kernel.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// LSTM's bias: as `bias`, with ones for the forget gate.
class UnitForgetBias final : public Initializer {
 public:
  explicit UnitForgetBias(std::shared_ptr<const Initializer> bias) : bias_(std::move(bias)) {}

  void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const override {
    bias_->fill(shape, values, random);
    const std::size_t units = values.size() / 4;
    std::ranges::fill(values.subspan(units, units), 1.0F);
  }

 private:
  std::shared_ptr<const Initializer> bias_;
};

std::shared_ptr<const Initializer> initializer_or(const std::shared_ptr<const Initializer>& given,
                                                  const char* fallback) {
  return given ? given : make_initializer(fallback);
}

class Recurrent final : public Layer {
 public:
  Recurrent(const std::string& name, const RecurrentOptions& options, bool trainable)
      : Layer(name, options.class_name, trainable), options_(options) {
    if (options_.cells.empty()) refuse(*this, "has no cell");
    for (const CellOptions& cell : options_.cells) check(cell);
    if (options_.stateful_batch == 0) return;
    for (const Shape& state : state_shapes()) {
      std::ranges::fill(states_.emplace_back(state.batched(options_.stateful_batch)).span<float>(), 0.0F);
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    check_inputs(inputs);
    std::int64_t features = inputs[0][1];
    if (built() && features != parameter_specs()[0].shape[0]) {
      refuse(*this, "input ", inputs[0], " does not fit the kernel ", parameter_specs()[0].shape);
    }
    for (const CellOptions& cell : options_.cells) {
      declare_cell(cell, features);
      features = cell.units;
    }
    set_built();
    std::vector<Shape> outputs{options_.return_sequences ? Shape{inputs[0][0], features} : Shape{features}};
    if (options_.return_state) std::ranges::copy(state_shapes(), std::back_inserter(outputs));
    return outputs;
  }

  std::vector<TensorView> states() override {
    std::vector<TensorView> views;
    for (Tensor& state : states_) views.push_back(state.view());
    return views;
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    return std::make_unique<RecurrentKernel>(*this, options_, SequenceSize{inputs[0][0], rows, inputs[0][1]},
                                             states_, training, call);
  }

 private:
  void check(const CellOptions& cell) const {
    if (cell.units < 1) refuse(*this, "units must be at least 1, not ", cell.units);
    for (const double rate : {cell.dropout, cell.recurrent_dropout}) {
      if (!(rate >= 0 && rate <= 1)) refuse(*this, "a dropout of ", rate, " is not in [0, 1]");
    }
    for (const Activation& activation : {cell.activation, cell.recurrent_activation}) {
      if (activation.kind == ActivationKind::kGlu) refuse(*this, "glu halves the units: no activation here");
    }
  }

  std::vector<Shape> state_shapes() const {
    std::vector<Shape> shapes;
    for (const CellOptions& cell : options_.cells) {
      shapes.insert(shapes.end(), static_cast<std::size_t>(state_count(cell.kind)), Shape{cell.units});
    }
    return shapes;
  }

  void check_inputs(std::span<const Shape> inputs) const {
    if (inputs.empty() || inputs[0].rank() != 2) {
      refuse(*this, "takes a sequence (steps, features), not ", inputs.empty() ? Shape{} : inputs[0]);
    }
    if (inputs[0][0] < 1) refuse(*this, "takes at least one step");
    std::vector<Shape> further = options_.initial_state ? state_shapes() : std::vector<Shape>{};
    if (options_.masked) further.push_back({inputs[0][0]});
    if (inputs.size() != 1 + further.size()) {
      refuse(*this, "takes ", 1 + further.size(), " inputs, not ", inputs.size());
    }
    for (std::size_t i = 0; i < further.size(); ++i) {
      if (inputs[1 + i] != further[i]) {
        refuse(*this, "input ", 1 + i, " (a state or the mask) is ", inputs[1 + i], " and not ", further[i]);
      }
    }
  }

  void declare_cell(const CellOptions& cell, std::int64_t features) {
    const std::int64_t width = gate_count(cell.kind) * cell.units;
    const auto variable = [&](const char* name, const Shape& shape,
                              std::shared_ptr<const Initializer> initializer, const Regularizer& regularizer,
                              const Constraint& constraint) {
      declare({.name = cell.prefix + "/" + name,
               .shape = shape,
               .trainable = cell.trainable,
               .initializer = std::move(initializer),
               .regularizer = regularizer,
               .object = cell.object,
               .constraint = constraint});
    };
    variable("kernel", {features, width}, initializer_or(cell.kernel_initializer, "GlorotUniform"),
             cell.kernel_regularizer, cell.kernel_constraint);
    variable("recurrent_kernel", {cell.units, width},
             initializer_or(cell.recurrent_initializer, "Orthogonal"), cell.recurrent_regularizer,
             cell.recurrent_constraint);
    if (!cell.use_bias) return;
    auto bias = initializer_or(cell.bias_initializer, "Zeros");
    if (cell.kind == CellKind::kLstm && cell.unit_forget_bias) {
      bias = std::make_shared<UnitForgetBias>(std::move(bias));
    }
    const bool two_rows = cell.kind == CellKind::kGru && cell.reset_after;
    variable("bias", two_rows ? Shape{2, width} : Shape{width}, std::move(bias), cell.bias_regularizer,
             cell.bias_constraint);
  }

  RecurrentOptions options_;
  std::vector<Tensor> states_;  ///< of a stateful layer
};

}  // namespace

std::unique_ptr<Layer> make_recurrent(const std::string& name, const RecurrentOptions& options,
                                      bool trainable) {
  return std::make_unique<Recurrent>(name, options, trainable);
}

}  // namespace ktrain
