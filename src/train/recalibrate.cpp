#include "ktrain/train/recalibrate.h"

#include <algorithm>
#include <utility>

#include "data/sampler.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "nn/executor.h"
#include "parallel/step_trees.h"
#include "train/batch_binding.h"
#include "train/layer_states.h"
#include "train/reproducible.h"
#include "train/step_stream.h"

namespace ktrain {
namespace {

std::int64_t layers_of(const Model& model) {
  return std::ranges::count_if(model.layers(),
                               [](const auto& layer) { return layer->has_moving_statistics(); });
}

/// Batches of a recalibration through the model.
class RecalibrationPass {
 public:
  RecalibrationPass(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                    const RecalibrationOptions& options)
      : communicator_(communicator),
        model_(model),
        options_(options),
        binding_(model, dataset->fields()),
        stream_(dataset, Sampler(dataset->size(), options.seed, options.shuffle), membership_of(communicator),
                {.global_batch = options.global_batch, .shard = options.shard, .dtypes = binding_.dtypes()}),
        trees_(membership_of(communicator), options.reproducible ? options.shard : 0),
        executor_(model, {.group_sum = [this](std::vector<double>& rows, std::size_t count) {
                    sum_over_ranks(communicator_, trees_.of(rows_), rows, count);
                  }}) {
    require_moving_statistics(model);
    require_whole_batches(model, {options.global_batch, dataset->size(), options.shuffle});
    if (options.reproducible) require_reproducible(model, options.shard);
  }

  /// The batch that begins at `position` of an epoch; returns its samples.
  std::int64_t batch(std::int64_t position) {
    const Batch& batch = *agree(communicator_, [&] { return stream_.next(); });
    rows_ = stream_.batch_at(position);
    const StepContext step{.first_position = batch.share.positions.begin,
                           .step_position = position,
                           .global_rows = rows_,
                           .recalibration = true,
                           .weights_version = model_.weights_version()};
    executor_.forward(step, batch.rows(),
                      cut_of(membership_of(communicator_), rows_, options_.shard, options_.reproducible),
                      binding_.inputs(batch));
    executor_.end_step();
    return rows_;
  }

 private:
  Communicator& communicator_;
  Model& model_;
  RecalibrationOptions options_;
  BatchBinding binding_;
  StepStream stream_;
  StepTrees trees_;
  Executor executor_;
  std::int64_t rows_ = 0;  ///< of the batch under way, on all ranks
};

}  // namespace

void require_moving_statistics(const Model& model) {
  if (layers_of(model) > 0) return;
  const bool frozen = std::ranges::any_of(
      model.layers(), [](const auto& layer) { return layer->class_name() == "BatchNormalization"; });
  throw Error(ExitCode::kConfiguration,
              frozen ? "every BatchNormalization of the model is frozen: none to recalibrate"
                     : "the model has no BatchNormalization to recalibrate");
}

Recalibration recalibrate(Communicator& communicator, Model& model,
                          const std::shared_ptr<const Dataset>& dataset,
                          const RecalibrationOptions& options) {
  const auto pass = agree(communicator, [&] {
    return std::make_unique<RecalibrationPass>(communicator, model, dataset, options);
  });
  const std::int64_t size = dataset->size();
  const std::int64_t once = (size + options.global_batch - 1) / options.global_batch;
  Recalibration done{.layers = layers_of(model),
                     .batches = options.batches.value_or(std::min(once, RecalibrationOptions::kMostBatches))};
  reset_layer_states(model);
  for (std::int64_t batch = 0; batch < done.batches; ++batch) {
    done.samples += pass->batch(batch % once * options.global_batch);
  }
  reset_layer_states(model);
  for (const auto& layer : model.layers()) layer->end_recalibration();
  model.weights_changed();
  return done;
}

}  // namespace ktrain
