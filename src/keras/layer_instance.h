#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keras/bound_call.h"
#include "keras/graph.h"
#include "keras/helper_layers.h"
#include "keras/registry.h"
#include "ktrain/keras/architecture.h"

namespace ktrain {

/// What the parts of one model under construction share.
struct BuildContext {
  Model model;
  ArchitectureOptions options;
  HelperLayers helpers{model};
};

/// One layer of a graph, made at its first call, which says what it is called with.
class LayerInstance {
 public:
  virtual ~LayerInstance() = default;

  /// A use of the layer; `resolve` gives the tensors it is called with.
  virtual std::vector<MaskedTensor> call(
      const GraphUse& use, const std::function<MaskedTensor(const TensorReference&)>& resolve) = 0;

  /// True when calls take the masks away from the tensors that they are given.
  virtual bool clears_masks() const { return false; }

  /// Adds the ids of what was made for it, in Keras's order of variables.
  virtual void collect(std::vector<Model::LayerId>& layers) const = 0;
};

/// `scope` begins the layers' names ("outer/" within a nested model), `path` is the layer's in weight files.
/// The layer must outlive the instance.
std::unique_ptr<LayerInstance> make_instance(BuildContext& context, const GraphLayer& layer,
                                             const std::string& scope, const std::string& path);

// The kinds of layers that need more than one of ktrain's.

/// A model within a model: its layers are the outer model's.
std::unique_ptr<LayerInstance> make_nested_model(BuildContext& context, const GraphLayer& layer,
                                                 const std::string& scope, const std::string& path);

/// TimeDistributed of a model: each of the model's layers on the steps of its inputs.
std::unique_ptr<LayerInstance> make_distributed_model(BuildContext& context, const GraphLayer& layer,
                                                      const std::string& scope, const std::string& path);

/// Bidirectional: a layer for each direction, and their merging.
std::unique_ptr<LayerInstance> make_bidirectional(BuildContext& context, const GraphLayer& layer,
                                                  const std::string& scope, const std::string& path);

}  // namespace ktrain
