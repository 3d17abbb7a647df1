#include "train/layer_states.h"

#include <algorithm>
#include <string>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "parallel/batch_plan.h"

namespace ktrain {
namespace {

/// body(layer, number, state) for each.
template <typename Body>
void for_each_state(const Model& model, const Body& body) {
  for (const auto& layer : model.layers()) {
    std::size_t number = 0;
    for (const TensorView& state : layer->states()) body(*layer, number++, state);
  }
}

}  // namespace

void require_whole_batches(const Model& model, const BatchSequence& sequence) {
  for_each_state(model, [&](const Layer& layer, std::size_t, const TensorView& state) {
    const auto require = [&](bool fits, const std::string& what) {
      if (fits) return;
      throw Error(ExitCode::kConfiguration,
                  text("layer '", layer.name(), "' (", layer.class_name(), ") is stateful: ", what));
    };
    const std::int64_t batch = state.shape()[0];
    require(sequence.global_batch == batch,
            text("the global batch must be ", batch, ", which the model fixes, not ", sequence.global_batch));
    require(sequence.samples % batch == 0, text("the number of samples must be a multiple of ", batch,
                                                ", and ", sequence.samples, " is none"));
    require(!sequence.reordered, "samples must come in their own order (--shuffle off, --stratify off)");
  });
}

void gather_layer_states(Communicator& communicator, Model& model, std::int64_t global_batch,
                         std::int64_t shard) {
  const Range own = BatchPlan(membership_of(communicator), 0, global_batch, shard).own_share();
  for_each_state(model, [&](const Layer&, std::size_t, const TensorView& state) {
    const std::int64_t width = state.elements() / state.shape()[0];
    const std::span<float> values = state.span<float>();
    std::ranges::fill(values.first(static_cast<std::size_t>(own.begin * width)), 0.0F);
    std::ranges::fill(values.subspan(static_cast<std::size_t>(own.end * width)), 0.0F);
    communicator.all_reduce(values);
  });
}

void reset_layer_states(Model& model) {
  for_each_state(model, [](const Layer&, std::size_t, const TensorView& state) {
    std::ranges::fill(state.span<float>(), 0.0F);
  });
}

void visit_layer_states(StateVisitor& visitor, Model& model) {
  for_each_state(model, [&](const Layer& layer, std::size_t number, const TensorView& state) {
    visitor.array(text("layer_states/", layer.name(), "/", number), state.address(), DType::kFloat32,
                  state.shape().dims());
  });
}

}  // namespace ktrain
