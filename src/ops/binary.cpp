#include "ops/binary.h"

#include <array>

#include "core/simd.h"
#include "ops/binary_formulas.h"
#include "ops/map.h"

namespace ktrain {
namespace {

// One run; the steps are known to the compiler. `z` is dy, or any number where the function has no use for
// it.
template <int kStepA, int kStepB, typename Function>
[[gnu::flatten]] KTRAIN_SIMD void run_of(const float* a, const float* b, float* y, std::int64_t count,
                                         Function function) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) y[i] = function(a[i * kStepA], b[i * kStepB]);
}
template <int kStepA, int kStepB, typename Function>
[[gnu::flatten]] KTRAIN_SIMD void run_of(const float* a, const float* b, const float* z, float* y,
                                         std::int64_t count, Function function) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) y[i] = z[i] * function(a[i * kStepA], b[i * kStepB]);
}

/// body(steps of a and b as compile-time numbers).
template <typename Body>
void with_steps(const Broadcast& broadcast, const Body& body) {
  using One = std::integral_constant<int, 1>;
  using Zero = std::integral_constant<int, 0>;
  if (broadcast.step(0) == 0) return body(Zero{}, One{});
  if (broadcast.step(1) == 0) return body(One{}, Zero{});
  body(One{}, One{});
}

}  // namespace

bool is_differentiable(BinaryKind kind) {
  bool differentiable = true;
  binary_formula::visit(kind, [&]<typename Formula>(const Formula&) {
    differentiable = !std::is_base_of_v<binary_formula::Flat, Formula>;
  });
  return differentiable;
}

Binary::Binary(BinaryKind kind, const Shape& y, const Shape& a, const Shape& b, bool gradients)
    : kind_(kind), broadcast_(y, std::array{a, b}) {
  if (!gradients) return;
  if (a.elements() != y.elements()) a_.reduction.emplace(y, a);
  if (b.elements() != y.elements()) b_.reduction.emplace(y, b);
  if (a_.reduction || b_.reduction) spread_gradient_ = Tensor(y);
}

void Binary::forward(const float* a, const float* b, float* y) const {
  binary_formula::visit(kind_, [&]<typename Formula>(const Formula& f) {
    with_steps(broadcast_, [&](auto step_a, auto step_b) {
      broadcast_.for_each_run(kCheapGrain, [&](const Broadcast::Run& run) {
        run_of<step_a, step_b>(a + run.operands[0], b + run.operands[1], y + run.result, run.count,
                               [f](float u, float v) { return f.value(u, v); });
      });
    });
  });
}

template <int kOperand>
void Binary::differentiate(const float* a, const float* b, const float* dy, float* d, const Side& side) {
  float* spread = side.reduction ? spread_gradient_.span<float>().data() : d;
  binary_formula::visit(kind_, [&]<typename Formula>(const Formula& f) {
    with_steps(broadcast_, [&](auto step_a, auto step_b) {
      broadcast_.for_each_run(kCheapGrain, [&](const Broadcast::Run& run) {
        run_of<step_a, step_b>(
            a + run.operands[0], b + run.operands[1], dy + run.result, spread + run.result, run.count,
            [f](float u, float v) { return kOperand == 0 ? f.slope_a(u, v) : f.slope_b(u, v); });
      });
    });
  });
  if (side.reduction) side.reduction->sum(spread, d);
}

void Binary::backward(const float* a, const float* b, const float* dy, float* da, float* db) {
  if (da != nullptr) differentiate<0>(a, b, dy, da, a_);
  if (db != nullptr) differentiate<1>(a, b, dy, db, b_);
}

}  // namespace ktrain
