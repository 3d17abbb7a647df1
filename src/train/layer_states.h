#pragma once

#include <cstdint>

#include "core/state_visitor.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// How batches follow each other, for layers whose states go on from one to the next.
struct BatchSequence {
  std::int64_t global_batch = 0;
  std::int64_t samples = 0;  ///< of the dataset
  bool reordered = false;    ///< shuffled or stratified
};

/// Stateful layers continue row r of a global batch with row r of the next one. Throws Error{kConfiguration}
/// that names the layer unless batches are as large as its states, none is short, and samples come in their
/// own order.
void require_whole_batches(const Model& model, const BatchSequence& sequence);

/// Each rank keeps the states of the rows that it computes of a global batch, in shards of `shard` (0:
/// without shards). Gives every rank all of them. Collective; does nothing for models without stateful
/// layers.
void gather_layer_states(Communicator& communicator, Model& model, std::int64_t global_batch,
                         std::int64_t shard = 0);

/// Before the first batch: zeros (keras.layers.RNN.reset_state).
void reset_layer_states(Model& model);

/// Each state as "layer_states/<layer>/<number>".
void visit_layer_states(StateVisitor& visitor, Model& model);

}  // namespace ktrain
