#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "keras/layer_config.h"
#include "ktrain/nn/layer.h"
#include "nn/operations/operands.h"

// Arithmetic on tensors in a Keras graph: its nodes are operations of keras.ops (and of keras.activations),
// which own no variables. Their classes share names with layers, so they have a registry of their own.
namespace ktrain {

/// True for an object of one of Keras's modules of operations that ktrain has.
bool has_operation(const Json& object);

/// What the tensors and literals of a call are named, by position.
inline constexpr std::string_view kOperationSignature = "x1 x2 x3 x4 x5 x6 x7 x8";

/// Makes the layer that computes it; it must be one that ktrain has. `call.arguments` holds the literals
/// among its operands. Arguments that are unknown or not supported are Error{kConfiguration}.
std::unique_ptr<Layer> make_operation(const Json& object, const LayerCall& call);

using OperationReader = std::unique_ptr<Layer> (*)(LayerConfig& config);
struct OperationClass {
  std::string_view name;
  OperationReader read;
};

// The families of operations, a file each.
std::span<const OperationClass> elementwise_operations();
std::span<const OperationClass> shape_operations();
std::span<const OperationClass> selection_operations();
std::span<const OperationClass> product_operations();

/// The operands of a call in order: literals, and nothing for each tensor. Throws, in the operation's name,
/// for a literal that is no array of numbers.
std::vector<Operand> operands_of(LayerConfig& config);

/// The axes at `key`: an integer, a list of them, or null for none.
std::optional<std::vector<int>> axes_of(LayerConfig& config, const char* key);

}  // namespace ktrain
