#include "ops/block_activation.h"

#include <algorithm>
#include <array>

#include "ops/activation.h"
#include "ops/activation_formulas.h"
#include "ops/map.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

/// body(offset, count) for each contiguous piece.
template <typename Body>
void for_each_run(RowBlock block, const Body& body) {
  if (block.stride == block.width) return body(std::int64_t{0}, block.rows * block.width);
  for (std::int64_t row = 0; row < block.rows; ++row) body(row * block.stride, block.width);
}

void copy_rows(RowBlock block, const float* from, std::int64_t from_stride, float* to,
               std::int64_t to_stride) {
  for (std::int64_t row = 0; row < block.rows; ++row) {
    std::copy_n(from + row * from_stride, block.width, to + row * to_stride);
  }
}

/// Three dense matrices of the block's size.
std::array<TensorView, 3> dense_matrices(RowBlock block) {
  const std::int64_t size = block.rows * block.width;
  auto* memory = static_cast<float*>(
      scratch(ScratchUse::kActivationRows, static_cast<std::size_t>(3 * size) * sizeof(float)));
  const Shape shape{block.rows, block.width};
  return {TensorView(memory, DType::kFloat32, shape), TensorView(memory + size, DType::kFloat32, shape),
          TensorView(memory + 2 * size, DType::kFloat32, shape)};
}

}  // namespace

void activate_block(const Activation& activation, RowBlock block, const float* x, float* y) {
  if (works_along_axis(activation.kind)) {
    const auto [in, out, unused] = dense_matrices(block);
    copy_rows(block, x, block.stride, in.data<float>(), block.width);
    activation_forward(activation, in, out);
    return copy_rows(block, out.data<float>(), block.width, y, block.stride);
  }
  formula::visit(activation, [&](const auto& f) {
    for_each_run(block, [&](std::int64_t at, std::int64_t count) {
      map_range(x + at, y + at, count, [f](float v) { return f.value(v); });
    });
  });
}

void activate_block_backward(const Activation& activation, RowBlock block, const float* x, const float* y,
                             const float* dy, float* dx) {
  if (works_along_axis(activation.kind)) {
    const auto [value, gradient, result] = dense_matrices(block);
    copy_rows(block, y, block.stride, value.data<float>(), block.width);
    copy_rows(block, dy, block.stride, gradient.data<float>(), block.width);
    activation_backward(activation, {}, value, gradient, result);
    return copy_rows(block, result.data<float>(), block.width, dx, block.stride);
  }
  formula::visit(activation, [&](const auto& f) {
    const float* s = f.kNeedsInput ? x : y;
    for_each_run(block, [&](std::int64_t at, std::int64_t count) {
      map_range(dy + at, s + at, dx + at, count, [f](float d, float v) { return d * f.slope(v); });
    });
  });
}

}  // namespace ktrain
