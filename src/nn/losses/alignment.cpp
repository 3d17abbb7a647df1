#include "nn/losses/alignment.h"

#include <algorithm>
#include <bit>

#include "core/check.h"

namespace ktrain {
namespace {

template <typename T>
void convert(const ConstTensorView& from, std::span<float> to) {
  std::ranges::transform(from.span<T>(), to.begin(), [](T value) { return static_cast<float>(value); });
}

// bfloat16 is the upper half of a float32.
float of_bfloat16(const ConstTensorView& view, std::int64_t index) {
  const auto* elements = static_cast<const std::uint16_t*>(view.address());
  return std::bit_cast<float>(static_cast<std::uint32_t>(elements[index]) << 16U);
}

double number_at(const ConstTensorView& target, std::int64_t index) {
  switch (target.dtype()) {
    case DType::kFloat64:
      return target.data<double>()[index];
    case DType::kBFloat16:
      return static_cast<double>(of_bfloat16(target, index));
    case DType::kFloat32:
      return static_cast<double>(target.data<float>()[index]);
    default:
      return static_cast<double>(class_at(target, index));
  }
}

std::int64_t truncated(double number) {
  return number > -0x1p62 && number < 0x1p62 ? static_cast<std::int64_t>(number) : -1;
}

}  // namespace

Shape without_last(const Shape& shape) {
  return Shape(shape.dims().first(static_cast<std::size_t>(shape.rank() - 1)));
}

// The batch dimension is left out, so Keras's special case "rank 1" is rank 0 here: of (N,) and (N, 1) it is
// the shorter one that changes.
std::optional<Shape> aligned(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return aligned(b, a);
  if (a.rank() == b.rank() + 1 && a[-1] == 1) {
    if (b.rank() == 0) return a;
    if (without_last(a) == b) return b;
  }
  return a == b ? std::optional(a) : std::nullopt;
}

void refuse_shapes(const std::string& name, const Shape& prediction, const Shape& target) {
  throw Error(ExitCode::kConfiguration,
              text(name, ": targets of shape ", target, " do not fit predictions of shape ", prediction));
}

void require_classes(const std::string& name, const Shape& prediction, const Shape& target) {
  if (prediction.rank() == 0) refuse_shapes(name, prediction, target);
  const Shape rows = without_last(prediction);
  const bool trailing_one = target.rank() > 0 && target[-1] == 1;
  if (target == rows || (trailing_one && without_last(target) == rows)) return;
  refuse_shapes(name, prediction, target);
}

void copy_as_float(const ConstTensorView& from, std::span<float> to) {
  KTRAIN_CHECK(from.elements() == std::ssize(to), from.shape(), to.size());
  switch (from.dtype()) {
    case DType::kFloat32:
      return convert<float>(from, to);
    case DType::kFloat64:
      return convert<double>(from, to);
    case DType::kInt32:
      return convert<std::int32_t>(from, to);
    case DType::kInt64:
      return convert<std::int64_t>(from, to);
    case DType::kUint8:
      return convert<std::uint8_t>(from, to);
    case DType::kBool:
      return convert<bool>(from, to);
    case DType::kBFloat16:
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = of_bfloat16(from, static_cast<std::int64_t>(i));
  }
}

std::int64_t class_at(const ConstTensorView& target, std::int64_t index) {
  switch (target.dtype()) {
    case DType::kInt32:
      return target.data<std::int32_t>()[index];
    case DType::kInt64:
      return target.data<std::int64_t>()[index];
    case DType::kUint8:
      return target.data<std::uint8_t>()[index];
    case DType::kBool:
      return target.data<bool>()[index] ? 1 : 0;
    default:
      return truncated(number_at(target, index));
  }
}

void check_classes(const ConstTensorView& target, std::int64_t classes, std::optional<std::int64_t> ignored) {
  const std::int64_t count = target.elements();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t index = class_at(target, i);
    if ((0 <= index && index < classes) || (ignored && index == *ignored)) continue;
    throw BadTarget(i / (count / target.shape()[0]),
                    text("class ", number_at(target, i), " is outside [0, ", classes, ")"));
  }
}

}  // namespace ktrain
