#include "core/sum.h"

#include <cmath>

#include "core/simd.h"

namespace ktrain {
namespace {

// Elements below which a second thread is not worth it.
constexpr std::int64_t kGrain = 16384;

struct Value {
  double operator()(float x) const { return static_cast<double>(x); }
};
struct Square {
  double operator()(float x) const { return static_cast<double>(x) * static_cast<double>(x); }
};
struct Magnitude {
  double operator()(float x) const { return static_cast<double>(std::fabs(x)); }
};

template <typename Term>
[[gnu::always_inline]] inline double lane_sum(const float* values, std::int64_t count) {
  double lanes[kLanes] = {};
  const std::int64_t whole = count / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += Term()(values[i + lane]);
  }
  for (std::int64_t i = whole; i < count; ++i) lanes[i - whole] += Term()(values[i]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

KTRAIN_SIMD double range_sum(Value, const float* values, std::int64_t count) {
  return lane_sum<Value>(values, count);
}
KTRAIN_SIMD double range_sum(Square, const float* values, std::int64_t count) {
  return lane_sum<Square>(values, count);
}
KTRAIN_SIMD double range_sum(Magnitude, const float* values, std::int64_t count) {
  return lane_sum<Magnitude>(values, count);
}

KTRAIN_SIMD void add_range(const float* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

template <typename Term>
double sum_of_terms(std::span<const float> values) {
  return piecewise_sum(static_cast<std::int64_t>(values.size()), kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         return range_sum(Term(), values.data() + begin, end - begin);
                       });
}

}  // namespace

void add_to(std::span<const float> from, std::span<float> to) {
  parallel_for(std::ssize(from), kGrain, [&](std::int64_t begin, std::int64_t end) {
    add_range(from.data() + begin, to.data() + begin, end - begin);
  });
}

double sum_of(std::span<const float> values) {
  return sum_of_terms<Value>(values);
}
double sum_of_squares(std::span<const float> values) {
  return sum_of_terms<Square>(values);
}
double sum_of_magnitudes(std::span<const float> values) {
  return sum_of_terms<Magnitude>(values);
}

}  // namespace ktrain
