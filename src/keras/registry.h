#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keras/layer_config.h"
#include "ktrain/nn/layer.h"

namespace ktrain {

/// Makes a layer of one class from its arguments.
using LayerReader = std::unique_ptr<Layer> (*)(LayerConfig& config);

/// What a layer does with its inputs' masks (in Keras: supports_masking, compute_mask and call's mask).
enum class Masking {
  kDrops,          ///< the output has none
  kPasses,         ///< the output has the first input's mask
  kTakes,          ///< the kernel gets the masks as further inputs, and the output has the first one's
  kTakesAndDrops,  ///< the kernel gets them, the output has none
  /// As kTakes, and whoever reads its inputs after it finds no mask on them: MultiHeadAttention.call deletes
  /// it.
  kTakesAndClears,
  kTakesPerSequence,  ///< the kernel gets them, and the output has one when it returns sequences
  kMerges,            ///< where any input counts; none unless all inputs have one
  kTakesAndMerges,    ///< the same, and the kernel gets them
  kMergesAll,         ///< where all inputs that have a mask count: Keras 2's way
  kConcatenates,      ///< as Concatenate.compute_mask
};

struct LayerClass {
  std::string_view name;  ///< in keras.layers, or keras.applications
  LayerReader read;
  Masking masking = Masking::kDrops;
  /// The tensor arguments of its `call` in the order of the signature, a space between them.
  std::string_view arguments = "inputs";
};

// The families of layers, a file each.
std::span<const LayerClass> core_layers();
std::span<const LayerClass> activation_layers();
std::span<const LayerClass> convolution_layers();
std::span<const LayerClass> pooling_layers();
std::span<const LayerClass> reshaping_layers();
std::span<const LayerClass> merging_layers();
std::span<const LayerClass> normalization_layers();
std::span<const LayerClass> regularization_layers();
std::span<const LayerClass> preprocessing_layers();
std::span<const LayerClass> recurrent_layers();
std::span<const LayerClass> attention_layers();
/// Of keras.applications.
std::span<const LayerClass> application_layers();

/// All of them.
std::vector<std::span<const LayerClass>> layer_families();

/// The layer class that a serialized object names by its module and class_name; null when ktrain does not
/// have it. A class of the same name elsewhere (the operation keras.src.ops.numpy.Add, a custom layer) is
/// another one.
const LayerClass* find_layer(const Json& object);

/// True for a node that is no layer but arithmetic on tensors (keras.src.ops.numpy.Add): it owns nothing and
/// has no place in weights files.
bool is_operation(const Json& object);
/// Bidirectional is no class of its own but two layers and their merging.
bool is_bidirectional(const Json& object);
/// True when ktrain has what the object describes.
bool is_known(const Json& object);

/// Reads the layer; its reader must exist. Arguments that are unknown or not supported are
/// Error{kConfiguration}.
std::unique_ptr<Layer> make_layer(const Json& object, const ArchitectureOptions& options,
                                  const LayerCall& call = {});

}  // namespace ktrain
