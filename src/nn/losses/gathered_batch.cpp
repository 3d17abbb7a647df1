#include "nn/losses/gathered_batch.h"

#include "core/check.h"
#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

/// Element `index` of any dtype.
double number_in(const ConstTensorView& tensor, std::int64_t index) {
  if (tensor.dtype() == DType::kFloat32) return static_cast<double>(tensor.data<float>()[index]);
  if (tensor.dtype() == DType::kFloat64) return tensor.data<double>()[index];
  return static_cast<double>(class_at(tensor, index));
}

}  // namespace

GatheredBatch::GatheredBatch(const ReducedLoss::Shapes& shapes)
    : rows_(static_cast<std::size_t>(shapes.global_batch)) {
  const auto add = [&](std::size_t index, const Shape& sample) {
    parts_[index] = {sample, static_cast<std::size_t>(sample.elements())};
    row_numbers_ += parts_[index].numbers;
  };
  add(0, shapes.prediction);
  add(1, shapes.target);
  if (shapes.weight) add(2, *shapes.weight);
  if (shapes.mask) add(3, *shapes.mask);
}

void GatheredBatch::put(const LossInput& input, std::span<double> sums) const {
  const std::int64_t count = input.prediction.shape()[0];
  KTRAIN_CHECK(input.first_row + count <= static_cast<std::int64_t>(rows_), input.first_row, count, rows_);
  const std::array<const ConstTensorView*, 4> tensors = {&input.prediction, &input.target,
                                                         &input.sample_weight, &input.mask};
  double* at = sums.data() + static_cast<std::size_t>(input.first_row) * row_numbers_;
  for (std::int64_t row = 0; row < count; ++row) {
    for (std::size_t t = 0; t < parts_.size(); ++t) {
      const auto numbers = static_cast<std::int64_t>(parts_[t].numbers);
      for (std::int64_t i = 0; i < numbers; ++i) *at++ += number_in(*tensors[t], row * numbers + i);
    }
  }
}

LossInput GatheredBatch::batch(std::span<const double> sums, std::int64_t rows) {
  const double* at = sums.data();
  for (Part& part : parts_) part.values.resize(part.numbers * static_cast<std::size_t>(rows));
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    for (Part& part : parts_) {
      for (std::size_t i = 0; i < part.numbers; ++i) {
        part.values[row * part.numbers + i] = static_cast<float>(*at++);
      }
    }
  }
  const auto view = [&](std::size_t index) {
    const Part& part = parts_[index];
    if (part.numbers == 0) return ConstTensorView();
    return ConstTensorView(part.values.data(), DType::kFloat32, part.sample.batched(rows));
  };
  return {view(0), view(1), view(2), view(3)};
}

}  // namespace ktrain
