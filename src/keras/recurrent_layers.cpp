#include <algorithm>
#include <utility>

#include "core/text.h"
#include "keras/naming.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/recurrent.h"
#include "ktrain/nn/layers/time_distributed.h"

namespace ktrain {
namespace {

/// Keras clips rates silently.
double read_rate(LayerConfig& config, const char* key) {
  return std::clamp(config.number(key, 0.0), 0.0, 1.0);
}

void read_weights(LayerConfig& config, CellOptions& cell) {
  cell.use_bias = config.flag("use_bias", true);
  cell.kernel_initializer = config.initializer("kernel_initializer");
  cell.recurrent_initializer = config.initializer("recurrent_initializer");
  cell.bias_initializer = config.initializer("bias_initializer");
  cell.kernel_regularizer = config.regularizer("kernel_regularizer");
  cell.recurrent_regularizer = config.regularizer("recurrent_regularizer");
  cell.bias_regularizer = config.regularizer("bias_regularizer");
  cell.kernel_constraint = config.constraint("kernel_constraint");
  cell.recurrent_constraint = config.constraint("recurrent_constraint");
  cell.bias_constraint = config.constraint("bias_constraint");
}

void read_dropout(LayerConfig& config, CellOptions& cell) {
  cell.dropout = read_rate(config, "dropout");
  cell.recurrent_dropout = read_rate(config, "recurrent_dropout");
  const Json& seed = config.value("seed");
  if (seed.is_number_unsigned()) cell.seed = seed.get<std::uint64_t>();
  // How Keras multiplies; the first also gives each gate a mask of its own, as recurrent_dropout does.
  config.only("implementation", {2, 1, 0});
  const bool separate = config.value("implementation") == 1 || cell.recurrent_dropout != 0;
  cell.mask_per_gate = separate && cell.kind != CellKind::kSimple;
}

/// What SimpleRNN, LSTM and GRU and their cells have in common.
CellOptions read_cell_arguments(LayerConfig& config, CellKind kind) {
  CellOptions cell;
  cell.kind = kind;
  cell.units = config.integer("units");
  const auto activation = [&](const char* key, Activation& target) {
    if (config.has(key)) target = config.activation(key);
  };
  activation("activation", cell.activation);
  if (kind != CellKind::kSimple) activation("recurrent_activation", cell.recurrent_activation);
  if (kind == CellKind::kLstm) cell.unit_forget_bias = config.flag("unit_forget_bias", true);
  if (kind == CellKind::kGru) cell.reset_after = config.flag("reset_after", true);
  read_weights(config, cell);
  read_dropout(config, cell);
  return cell;
}

/// The arguments of keras.layers.RNN but for the cell.
RecurrentOptions read_loop_arguments(LayerConfig& config) {
  RecurrentOptions options;
  options.class_name = config.class_name();
  options.return_sequences = config.flag("return_sequences", false);
  options.return_state = config.flag("return_state", false);
  options.go_backwards = config.flag("go_backwards", false);
  options.zero_output_for_mask = config.flag("zero_output_for_mask", false);
  options.initial_state = config.call().count("initial_state") > 0;
  options.masked = std::ranges::any_of(config.call().inputs,
                                       [](const std::string& name) { return name.ends_with("_mask"); });
  if (config.flag("stateful", false)) {
    options.stateful_batch = config.options().stateful_batch;
    if (options.stateful_batch == 0) config.refuse("stateful", "needs an input of a fixed batch size");
  }
  config.only("time_major", {false, nullptr});
  config.only("num_constants", {nullptr, 0});
  if (config.flag("unroll", false) && options.masked) {
    // Keras's unrolled loop knows no zero_output_for_mask, and begins with zeros as the output before.
    options.zero_output_for_mask = false;
    if (options.initial_state) config.refuse("unroll", "is not supported with a mask and initial_state");
  }
  return options;
}

template <CellKind kind>
std::unique_ptr<Layer> read_recurrent(LayerConfig& config) {
  RecurrentOptions options = read_loop_arguments(config);
  CellOptions cell = read_cell_arguments(config, kind);
  cell.prefix = EntryNames().next(config.class_name()) + "_cell";
  options.cells.push_back(std::move(cell));
  return make_recurrent(config.name(), options, config.trainable());
}

constexpr std::pair<std::string_view, CellKind> kCells[] = {
    {"SimpleRNNCell", CellKind::kSimple}, {"LSTMCell", CellKind::kLstm}, {"GRUCell", CellKind::kGru}};

/// A serialized cell; the names of its variables begin with `prefix`, that of its own left out.
CellOptions read_cell(const LayerConfig& layer, const Json& object, const std::string& prefix) {
  const std::string class_name = string_member(object, "class_name");
  const auto* const found =
      std::ranges::find(kCells, class_name, [](const auto& entry) { return entry.first; });
  if (found == std::end(kCells)) {
    layer.refuse("cell", text(brief(object), " is not one of SimpleRNNCell, LSTMCell, GRUCell"));
  }
  LayerConfig config(class_name, member(object, "config"), layer.options());
  config.only("activity_regularizer", {nullptr});
  CellOptions cell = read_cell_arguments(config, found->second);
  config.finish();
  cell.prefix = prefix + config.name();
  cell.trainable = config.trainable();
  return cell;
}

/// Keras numbers what is in a list by class: lstm_cell, lstm_cell_1, gru_cell.
std::vector<CellOptions> read_stack(const LayerConfig& layer, const Json& stack) {
  LayerConfig config("StackedRNNCells", member(stack, "config"), layer.options());
  config.only("activity_regularizer", {nullptr});
  const Json& cells = config.value("cells");
  config.finish();
  if (!cells.is_array() || cells.empty()) layer.refuse("cell", "StackedRNNCells without a list of cells");
  std::vector<CellOptions> result;
  EntryNames names;
  for (const Json& object : cells) {
    CellOptions& cell = result.emplace_back(read_cell(layer, object, config.name() + "/"));
    cell.object = "cell/cells/" + names.next(string_member(object, "class_name"));
    cell.trainable = cell.trainable && config.trainable();
  }
  return result;
}

std::unique_ptr<Layer> read_rnn(LayerConfig& config) {
  RecurrentOptions options = read_loop_arguments(config);
  const Json& cell = config.value("cell");
  if (cell.is_array()) config.refuse("cell", "a plain list of cells is not supported, only StackedRNNCells");
  if (string_member(cell, "class_name") == "StackedRNNCells") {
    options.cells = read_stack(config, cell);
  } else {
    options.cells.push_back(read_cell(config, cell, ""));
  }
  // Keras leaves freezing to the cell's own flag.
  return make_recurrent(config.name(), options);
}

bool takes_mask(const LayerClass& layer) {
  return layer.masking == Masking::kTakes || layer.masking == Masking::kTakesAndDrops ||
         layer.masking == Masking::kTakesPerSequence;
}

std::unique_ptr<Layer> read_time_distributed(LayerConfig& config) {
  const Json& inner = config.value("layer");
  const LayerClass* layer_class = find_layer(inner);
  if (layer_class == nullptr) config.refuse("layer", text(brief(inner), " is not supported"));
  // Keras hears of no activity_regularizer in here, but for those of layers within the layer.
  const bool has_parts = layer_class->name.ends_with("Attention");
  if (has_parts && !member(member(inner, "config"), "activity_regularizer").is_null()) {
    config.refuse("layer", text("an activity_regularizer of ", layer_class->name, " is not supported here"));
  }
  const bool masked = std::ranges::any_of(config.call().inputs,
                                          [](const std::string& name) { return name.ends_with("_mask"); });
  const bool passes_mask = masked && takes_mask(*layer_class);
  LayerCall call;
  if (passes_mask) call.inputs.emplace_back("inputs_mask");
  // Keras leaves freezing to the layer's own flag.
  return make_time_distributed(config.name(), make_layer(inner, config.options(), call), passes_mask);
}

constexpr LayerClass kClasses[] = {
    {"SimpleRNN", read_recurrent<CellKind::kSimple>, Masking::kTakesPerSequence, "sequences initial_state"},
    {"LSTM", read_recurrent<CellKind::kLstm>, Masking::kTakesPerSequence, "sequences initial_state"},
    {"GRU", read_recurrent<CellKind::kGru>, Masking::kTakesPerSequence, "sequences initial_state"},
    {"RNN", read_rnn, Masking::kTakesPerSequence, "sequences initial_state"},
    {"TimeDistributed", read_time_distributed, Masking::kTakes}};

}  // namespace

std::span<const LayerClass> recurrent_layers() {
  return kClasses;
}

}  // namespace ktrain
