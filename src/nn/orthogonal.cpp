#include "nn/orthogonal.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/simd.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/random_fill.h"

namespace ktrain {
namespace {

KTRAIN_SIMD double dot(const double* a, const double* b, std::int64_t count) {
  double lanes[kLanes] = {};
  const std::int64_t whole = count / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  for (std::int64_t i = whole; i < count; ++i) lanes[i - whole] += a[i] * b[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

KTRAIN_SIMD void subtract(double factor, const double* b, double* a, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] -= factor * b[i];
}

// Gram and Schmidt over `count` vectors of `length` elements, one after the other in memory. It is the QR
// factorization with a positive diagonal in R, which is what makes Q uniform (Mezzadri,
// arXiv:math-ph/0609050). Each vector is projected twice, which keeps it orthogonal to rounding (Giraud et
// al. 2005).
void orthonormalize(std::span<double> vectors, std::int64_t count, std::int64_t length) {
  for (std::int64_t k = 0; k < count; ++k) {
    double* vector = vectors.data() + k * length;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::int64_t j = 0; j < k; ++j) {
        const double* earlier = vectors.data() + j * length;
        subtract(dot(vector, earlier, length), earlier, vector, length);
      }
    }
    const double norm = std::sqrt(dot(vector, vector, length));
    for (std::int64_t i = 0; i < length; ++i) vector[i] /= norm;
  }
}

}  // namespace

void Orthogonal::fill(const Shape& shape, std::span<float> values, const RandomStream& random) const {
  if (shape.rank() < 2) {
    throw Error(ExitCode::kConfiguration, text("Orthogonal needs two dimensions or more, not shape ", shape));
  }
  const std::int64_t columns = shape[-1];
  const std::int64_t rows = shape.elements() / columns;
  const std::int64_t count = std::min(rows, columns);
  const std::int64_t length = std::max(rows, columns);
  fill_normal(values, random, 0, 1);
  std::vector<double> vectors(values.begin(), values.end());
  orthonormalize(vectors, count, length);
  for (std::int64_t k = 0; k < count; ++k) {
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t element = rows < columns ? k * length + i : i * count + k;
      values[static_cast<std::size_t>(element)] =
          static_cast<float>(gain_ * vectors[static_cast<std::size_t>(k * length + i)]);
    }
  }
}

}  // namespace ktrain
