#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keras/graph.h"
#include "keras/layer_config.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// A tensor of the model under construction with the mask that travels beside it, if any.
struct MaskedTensor {
  Model::TensorId value = Model::kNoTensor;
  Model::TensorId mask = Model::kNoTensor;
  bool masked() const { return mask != Model::kNoTensor; }
};

/// A use of a layer whose arguments have the names of the layer's `call`.
struct BoundCall {
  struct Input {
    std::string argument;
    MaskedTensor tensor;
  };
  std::vector<Input> inputs;                ///< in the order of the signature
  Model::TensorId mask = Model::kNoTensor;  ///< given as `mask=`
  std::vector<Json> arguments;              ///< by position, null where a tensor stands
  Json literals = Json::object();

  std::vector<MaskedTensor> given_for(std::string_view argument) const;
  /// The distinct arguments that tensors are given for, `mask` included.
  std::size_t tensor_arguments() const;
  LayerCall layer_call() const;
};

/// Binds a use to a signature: the names of the tensor arguments, a space between them. Throws
/// Error{kConfiguration} for a tensor given for an argument that the signature lacks.
BoundCall bind_call(const GraphUse& use, std::string_view signature, const std::string& layer,
                    const std::function<MaskedTensor(const TensorReference&)>& resolve);

}  // namespace ktrain
