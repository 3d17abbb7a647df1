#include "ops/transpose.h"

#include <vector>

#include "ops/cpu/dnnl_engine.h"
#include "ops/cpu/packed_kernels.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {
namespace {

using Dims = dnnl::memory::dims;

/// The axes of y, outermost first, with the distance of their elements in x.
struct Walk {
  Dims sizes;
  Dims steps;

  /// Adds the next axis inwards; one that continues the last in x as it does in y becomes a part of it.
  void add(std::int64_t size, std::int64_t step) {
    if (size == 1) return;
    if (!sizes.empty() && steps.back() == size * step) {
      sizes.back() *= size;
      steps.back() = step;
    } else {
      sizes.push_back(size);
      steps.push_back(step);
    }
  }
};

/// Elements between neighbours along `axis` of a dense tensor.
std::int64_t step_of(const Shape& shape, int axis) {
  std::int64_t step = 1;
  for (int inner = axis + 1; inner < shape.rank(); ++inner) step *= shape[inner];
  return step;
}

Dims dense_steps(const Dims& sizes) {
  Dims steps(sizes.size(), 1);
  for (std::size_t i = sizes.size() - 1; i > 0; --i) steps[i - 1] = steps[i] * sizes[i];
  return steps;
}

PreparedPrimitive make_copy(std::int64_t rows, const Shape& sample, std::span<const int> axes) {
  Walk walk;
  walk.add(rows, sample.elements());
  for (const int axis : axes) walk.add(sample[axis], step_of(sample, axis));
  if (walk.sizes.empty()) walk = {.sizes = {1}, .steps = {1}};
  constexpr auto kType = dnnl::memory::data_type::f32;
  return create("creating a transpose", [&] {
    return make_reorder({walk.sizes, kType, walk.steps}, {walk.sizes, kType, dense_steps(walk.sizes)});
  });
}

}  // namespace

struct Transpose::Copy {
  PreparedPrimitive primitive;
};

Transpose::Transpose(std::int64_t rows, const Shape& sample, std::span<const int> axes)
    : copy_(std::make_unique<Copy>(Copy{make_copy(rows, sample, axes)})) {}

Transpose::~Transpose() = default;

void Transpose::run(const float* x, float* y) {
  copy_->primitive.execute({x, y});
}

}  // namespace ktrain
