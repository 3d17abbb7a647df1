#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ktrain/nn/layers/batch_normalization.h"
#include "ktrain/nn/model.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// What an architecture's file leaves open.
struct ArchitectureOptions {
  /// Of the initial values; without one the variables are zeros, for those who read the values.
  std::optional<std::uint64_t> seed = 0;
  /// Of every BatchNormalization that is not `synchronized`.
  BatchStatistics statistics = BatchStatistics::kGlobal;
  std::int64_t ghost_samples = 0;  ///< BatchNormalizationOptions::ghost_samples
  /// For dimensions that the file leaves open (`null`: sequences of any length): sample shapes by the input's
  /// name; "" stands for any input.
  std::map<std::string, Shape> input_shapes = {};
  /// The global batch's samples, for stateful layers of a model that does not fix them (the batch dimension
  /// of an input); 0 refuses such layers.
  std::int64_t stateful_batch = 0;
  /// The size of every dimension that is still open then; 0 refuses the model. For those who only want its
  /// variables.
  std::int64_t open_size = 0;
  /// Numbers that the variables may have together; a larger model is refused before they take memory.
  std::int64_t most_elements = std::numeric_limits<std::int64_t>::max();
  /// Outputs, by name, whose losses are to be computed from what their last activation, a softmax over the
  /// last axis or a sigmoid, is computed from (Model::logits). Error{kConfiguration} where an output does not
  /// end in that activation, in a layer that nothing else uses.
  std::map<std::string, ActivationKind> logits = {};
};

/// A layer of a model as Keras's model.summary() tells of it.
struct LayerSummary {
  std::string name;
  std::string class_name;            ///< of Python
  std::vector<Shape> output_shapes;  ///< of a sample, in the last of its calls
  std::int64_t parameters = 0;
  std::vector<std::string> connected_to;  ///< "layer[call][output]", in all of its calls
};

/// A model as a file describes it, its variables initialized.
struct Architecture {
  Model model;
  /// The outermost model's layers in Keras's order, without a Sequential's input; a nested model is one of
  /// them.
  std::vector<LayerSummary> layers;
  /// The samples of a batch where the inputs fix them, else 0.
  std::int64_t batch = 0;
  /// What the file says and the model does not hold, a line each for the log: settings of a compiled model
  /// (the optimizer and the loss come from the run's options).
  std::vector<std::string> notes;
};

/// The model that Keras 3's `model.to_json()` describes: Sequential or Functional, with branches, shared
/// layers, several inputs and outputs; layers as in the README's table, float32, channels last. Every
/// argument of every layer is used or refused, except those that say nothing here: an initializer's seed and
/// a fixed batch dimension without stateful layers. The layers' own `trainable` flags count, the model's does
/// not, as in Keras.
///
/// Throws Error{kConfiguration} that names the layer, its class and the argument for what is not supported,
/// all unknown layers at once; Error{kData} for what is not such a model. `source` begins every message.
Architecture architecture_from_json(std::string_view json, const ArchitectureOptions& options = {},
                                    const std::string& source = "model JSON");

/// The same from a file. Throws Error{kNoInput} when it cannot be read.
Architecture load_architecture(const std::string& file, const ArchitectureOptions& options = {});

}  // namespace ktrain
