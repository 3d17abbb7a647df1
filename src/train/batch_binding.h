#pragma once

#include <span>
#include <vector>

#include "data/pipeline.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/objective.h"
#include "nn/executor.h"

namespace ktrain {

/// Which field of a dataset is which input of a model. Fails when a sample's shape does not fit the model's.
class BatchBinding {
 public:
  BatchBinding(const Model& model, std::span<const FieldSpec> fields);

  /// Of the batch's fields, for the pipeline: bytes where the model reads bytes.
  const std::vector<DType>& dtypes() const { return dtypes_; }
  /// The model's inputs in a batch; valid until the next call.
  std::span<const ConstTensorView> inputs(const Batch& batch);

 private:
  std::vector<int> fields_;
  std::vector<DType> dtypes_;
  std::vector<ConstTensorView> inputs_;
};

/// Output `index` of these rows and its mask with what the objective compares it to. `begin` is the position
/// of the global batch's first row.
LossInput loss_input(const Batch& batch, const Objective::Pairing& pairing, const Executor& executor,
                     std::size_t index, std::int64_t begin);

}  // namespace ktrain
