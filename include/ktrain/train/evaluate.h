#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/objective.h"

namespace ktrain {

/// Loss (with penalties) and metrics over a whole dataset in inference mode; each sample once, in the
/// dataset's order, in batches of `global_batch` over all workers, unpadded. Equal on all ranks. Collective.
/// As in Keras the loss is the mean over batches of theirs, by rows: with masks it depends on how samples
/// fall into batches. With `shard`, samples computed at a time, the results have the same bits for any number
/// of workers.
struct Evaluation {
  std::int64_t samples = 0;
  double loss = 0;
  std::vector<NamedValue> metrics;
};
Evaluation evaluate(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                    const ObjectiveOptions& objective, std::int64_t global_batch, std::int64_t shard = 0);

/// Throws Error when the dataset, the model and the objective do not fit each other.
void require_fit(const Model& model, const Dataset& dataset, const ObjectiveOptions& objective);

/// Runs the model on every sample in inference mode. On rank 0 `rows` is called with each global batch's
/// outputs, one per model output, (batch, sample…), in the dataset's order; on other ranks never. `shard` as
/// above. Collective.
void predict(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
             std::int64_t global_batch, const std::function<void(std::span<const ConstTensorView>)>& rows,
             std::int64_t shard = 0);

}  // namespace ktrain
