#pragma once

#include <map>
#include <string>

#include "keras/graph.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// A graph whose outputs named in `wanted` end before their last activation (ArchitectureOptions::logits),
/// and so without an activity_regularizer. Throws Error{kConfiguration} naming output, layer and class where
/// that is not possible.
Graph without_last_activations(Graph graph, const std::map<std::string, ActivationKind>& wanted);

/// For a masked output: throws Error{kConfiguration} when it comes from a layer Softmax, which uses the mask.
void require_no_mask(const Graph& graph, const std::string& output);

}  // namespace ktrain
