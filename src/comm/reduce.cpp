#include "comm/reduce.h"

#include <algorithm>

#include "core/check.h"
#include "core/simd.h"

namespace ktrain {
namespace {

// Gradients: the one case whose speed matters.
KTRAIN_SIMD void add(float* into, const float* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) into[i] += from[i];
}

template <typename T>
void add(T* into, const T* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) into[i] = static_cast<T>(into[i] + from[i]);
}

template <typename T>
void reduce(T* into, const T* from, std::int64_t count, ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
      return add(into, from, count);
    case ReduceOp::kMax:
      for (std::int64_t i = 0; i < count; ++i) into[i] = std::max(into[i], from[i]);
      return;
    case ReduceOp::kMin:
      for (std::int64_t i = 0; i < count; ++i) into[i] = std::min(into[i], from[i]);
      return;
  }
  KTRAIN_CHECK(false, "operation ", static_cast<int>(op));
}

}  // namespace

void reduce_into(void* into, const void* from, std::int64_t count, DType dtype, ReduceOp op) {
  const auto reduce_as = [&]<typename T>(T* to) { reduce(to, static_cast<const T*>(from), count, op); };
  switch (dtype) {
    case DType::kFloat32:
      return reduce_as(static_cast<float*>(into));
    case DType::kFloat64:
      return reduce_as(static_cast<double*>(into));
    case DType::kInt64:
      return reduce_as(static_cast<std::int64_t*>(into));
    case DType::kUint8:
      return reduce_as(static_cast<std::uint8_t*>(into));
    default:
      KTRAIN_CHECK(false, "all_reduce of ", name_of(dtype));
  }
}

}  // namespace ktrain
