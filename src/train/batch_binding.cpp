#include "train/batch_binding.h"

#include <algorithm>
#include <iterator>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// As Keras, which adds or drops a last dimension of 1.
bool fits(const Shape& sample, const Shape& input) {
  return sample == input || (sample.elements() == input.elements() &&
                             (sample.rank() == input.rank() + 1 || sample.rank() + 1 == input.rank()) &&
                             (sample.rank() > input.rank() ? sample : input)[-1] == 1);
}

}  // namespace

BatchBinding::BatchBinding(const Model& model, std::span<const FieldSpec> fields)
    : fields_(bind_fields(fields, FieldSpec::Role::kInput, model.input_names())), inputs_(fields_.size()) {
  std::ranges::transform(fields, std::back_inserter(dtypes_), batch_dtype);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Model::TensorInfo& input = model.tensors()[static_cast<std::size_t>(model.inputs()[i])];
    const auto number = static_cast<std::size_t>(fields_[i]);
    if (model.reads_bytes(i) && fields[number].dtype == DType::kUint8) dtypes_[number] = DType::kUint8;
    const Shape& sample = fields[number].sample_shape;
    if (!fits(sample, input.sample_shape)) {
      throw Error(ExitCode::kConfiguration,
                  text("the dataset's samples have shape ", sample, ", the model's input '", input.name,
                       "' takes ", input.sample_shape));
    }
  }
}

std::span<const ConstTensorView> BatchBinding::inputs(const Batch& batch) {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    inputs_[i] = batch.fields[static_cast<std::size_t>(fields_[i])];
  return inputs_;
}

LossInput loss_input(const Batch& batch, const Objective::Pairing& pairing, const Executor& executor,
                     std::size_t index, std::int64_t begin) {
  const auto field = [&](int number) {
    return number < 0 ? ConstTensorView() : batch.fields[static_cast<std::size_t>(number)];
  };
  return {executor.output(index),      field(pairing.target),  field(pairing.weight),
          executor.output_mask(index), executor.logits(index), batch.share.positions.begin - begin};
}

}  // namespace ktrain
