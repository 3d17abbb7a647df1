#include "nn/loss_rows.h"

#include <bit>
#include <optional>

#include "core/check.h"

namespace ktrain {
namespace {

Shape without_last(const Shape& shape) {
  return Shape(shape.dims().first(static_cast<std::size_t>(shape.rank() - 1)));
}

// The common sample shape. The batch dimension is left out, so Keras's special case "rank 1" is rank 0 here:
// of (N,) and (N, 1) it is the shorter one that changes.
std::optional<Shape> aligned(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return aligned(b, a);
  if (a.rank() == b.rank() + 1 && a[-1] == 1) {
    if (b.rank() == 0) return a;
    if (without_last(a) == b) return b;
  }
  return a == b ? std::optional(a) : std::nullopt;
}

std::int64_t last_of(const Shape& sample) {
  return sample.rank() == 0 ? 1 : sample[-1];
}

[[noreturn]] void refuse(const std::string& name, const Shape& prediction, const Shape& target) {
  throw Error(ExitCode::kConfiguration,
              text(name, ": targets of shape ", target, " do not fit predictions of shape ", prediction));
}

LossRows with_weights(LossRows rows, const ConstTensorView& weights) {
  if (weights.empty() || rows.count == 0) return rows;
  KTRAIN_CHECK(weights.elements() > 0 && rows.count % weights.elements() == 0, rows.count, " rows, weights ",
               weights.shape());
  rows.weights = weights.data<float>();
  rows.rows_per_weight = rows.count / weights.elements();
  return rows;
}

template <typename T>
void convert(const ConstTensorView& view, std::int64_t begin, std::int64_t count, float* out) {
  const T* elements = view.data<T>() + begin;
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(elements[i]);
}

// bfloat16 is the upper half of a float32.
void convert_bfloat16(const ConstTensorView& view, std::int64_t begin, std::int64_t count, float* out) {
  const auto* elements = static_cast<const std::uint16_t*>(view.address()) + begin;
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(elements[i]) << 16U);
  }
}

std::int64_t truncated(double number) {
  return number > -1 && number < 0x1p62 ? static_cast<std::int64_t>(number) : -1;
}

}  // namespace

LossRows elementwise_rows(const LossInput& input) {
  const Shape& prediction = input.prediction.shape();
  const auto shape = aligned(prediction.sample(), input.target.shape().sample());
  KTRAIN_CHECK(shape && input.target.shape()[0] == prediction[0], prediction, " and ", input.target.shape());
  const std::int64_t width = last_of(*shape);
  return with_weights({.count = input.prediction.elements() / width, .width = width}, input.sample_weight);
}

LossRows class_rows(const LossInput& input) {
  const std::int64_t width = input.prediction.shape()[-1];
  return with_weights({.count = input.prediction.elements() / width, .width = width}, input.sample_weight);
}

std::int64_t elementwise_rows_per_sample(const std::string& name, const Shape& prediction,
                                         const Shape& target) {
  const auto shape = aligned(prediction, target);
  if (!shape) refuse(name, prediction, target);
  return prediction.elements() / last_of(*shape);
}

std::int64_t class_rows_per_sample(const std::string& name, const Shape& prediction, const Shape& target) {
  if (prediction.rank() == 0) refuse(name, prediction, target);
  const Shape rows = without_last(prediction);
  const bool trailing_one = target.rank() > 0 && target[-1] == 1;
  if (target != rows && !(trailing_one && without_last(target) == rows)) refuse(name, prediction, target);
  return rows.elements();
}

const float* FloatReader::read(std::int64_t begin, std::int64_t count) {
  switch (view_.dtype()) {
    case DType::kFloat32:
      return view_.data<float>() + begin;
    case DType::kFloat64:
      convert<double>(view_, begin, count, block_.data());
      break;
    case DType::kBFloat16:
      convert_bfloat16(view_, begin, count, block_.data());
      break;
    case DType::kInt32:
      convert<std::int32_t>(view_, begin, count, block_.data());
      break;
    case DType::kInt64:
      convert<std::int64_t>(view_, begin, count, block_.data());
      break;
    case DType::kUint8:
      convert<std::uint8_t>(view_, begin, count, block_.data());
      break;
    case DType::kBool:
      convert<bool>(view_, begin, count, block_.data());
      break;
  }
  return block_.data();
}

std::int64_t class_at(const ConstTensorView& target, std::int64_t index) {
  switch (target.dtype()) {
    case DType::kInt32:
      return target.data<std::int32_t>()[index];
    case DType::kInt64:
      return target.data<std::int64_t>()[index];
    case DType::kUint8:
      return target.data<std::uint8_t>()[index];
    case DType::kFloat64:
      return truncated(target.data<double>()[index]);
    default:
      return truncated(static_cast<double>(*FloatReader(target).read(index, 1)));
  }
}

}  // namespace ktrain
