#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "keras/layer_instance.h"

namespace ktrain {

/// A graph with its layers in a model under construction; a nested model that is called several times is one
/// instance.
class GraphInstance {
 public:
  /// `path`: of the model in weight files, "" for the outermost. The graph must outlive the instance.
  GraphInstance(BuildContext& context, const Graph& graph, const std::string& scope, const std::string& path);

  /// The outputs for these inputs, in the order of Graph::inputs and Graph::outputs.
  std::vector<MaskedTensor> call(const std::vector<MaskedTensor>& inputs);
  /// Adds the ids of all its layers in the order of `model.layers`.
  void collect(std::vector<Model::LayerId>& layers) const;
  /// Of each of its layers, after `call` and before the model's layers are put into another order.
  std::vector<LayerSummary> summaries() const;

 private:
  using Key = std::tuple<std::string, std::int64_t, std::int64_t>;

  const BuildContext& context_;
  const Graph& graph_;
  GraphOrder order_;
  std::map<std::size_t, std::vector<MaskedTensor>> last_outputs_;
  std::map<std::size_t, std::unique_ptr<LayerInstance>> instances_;
};

}  // namespace ktrain
