#include "nn/layers/attention_scores.h"

#include <algorithm>
#include <array>

#include "core/simd.h"
#include "ops/gemm.h"
#include "ops/map.h"
#include "ops/scratch.h"
#include "ops/vector_math.h"

namespace ktrain {
namespace {

HeadMatrix matrix(const AttentionSize& size, std::int64_t batch, std::int64_t head, std::int64_t heads,
                  std::int64_t positions, std::int64_t width) {
  const std::int64_t stride = size.inner * heads * width;
  const std::int64_t outer = batch / size.inner, inner = batch % size.inner;
  return {outer * positions * stride + (inner * heads + head) * width, stride};
}

// Partial sums of a fixed order: element i goes to lane i mod kLanes.
template <typename Term>
[[gnu::always_inline]] inline float sum_in_lanes(std::int64_t count, const Term& term) {
  std::array<float, kLanes> lanes{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) lanes[static_cast<std::size_t>(lane)] += term(i + lane);
  }
  for (; i < count; ++i) lanes[static_cast<std::size_t>(i % kLanes)] += term(i);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

[[gnu::flatten]] KTRAIN_SIMD float tanh_score(const float* q, const float* k, const float* weights,
                                              float factor, std::int64_t width) {
  return sum_in_lanes(width,
                      [=](std::int64_t i) { return weights[i] * vector_math::tanh(factor * (q[i] + k[i])); });
}

struct TanhGradients {
  float* query;
  float* key;
  float* weights;
};

/// Adds one score's part to the gradients; returns its part of the factor's.
[[gnu::flatten]] KTRAIN_SIMD float tanh_score_backward(const float* q, const float* k, const float* weights,
                                                       float factor, float gradient, TanhGradients to,
                                                       std::int64_t width) {
  return sum_in_lanes(width, [=](std::int64_t i) {
    const float both = q[i] + k[i];
    const float t = vector_math::tanh(factor * both);
    const float slope = gradient * weights[i] * (1 - t) * (1 + t);
    to.query[i] += slope * factor;
    to.key[i] += slope * factor;
    to.weights[i] += gradient * t;
    return slope * both;
  });
}

}  // namespace

HeadMatrix query_matrix(const AttentionSize& size, std::int64_t group, std::int64_t repeat,
                        std::int64_t positions, std::int64_t width) {
  const std::int64_t head = group % size.key_heads * size.repeats() + repeat;
  return matrix(size, group / size.key_heads, head, size.heads, positions, width);
}

HeadMatrix key_matrix(const AttentionSize& size, std::int64_t group, std::int64_t positions,
                      std::int64_t width) {
  return matrix(size, group / size.key_heads, group % size.key_heads, size.key_heads, positions, width);
}

std::int64_t score_matrix(const AttentionSize& size, std::int64_t group, std::int64_t repeat) {
  return group / size.key_heads * size.heads + group % size.key_heads * size.repeats() + repeat;
}

void DotScores::forward(std::int64_t group, std::int64_t repeat, float* scores) {
  const HeadMatrix q = query_matrix(size_, group, repeat, size_.queries, size_.key_width);
  const HeadMatrix k = key_matrix(size_, group, size_.keys, size_.key_width);
  gemm(size_.queries, size_.keys, size_.key_width, {.data = query + q.offset, .stride = q.stride},
       {.data = key + k.offset, .transposed = true, .stride = k.stride}, scores);
  if (scale == 1) return;
  map_range(scores, scores, size_.scores(), [factor = scale](float s) { return s * factor; });
}

void DotScores::backward(std::int64_t group, std::int64_t repeat, float* gradient) {
  const HeadMatrix q = query_matrix(size_, group, repeat, size_.queries, size_.key_width);
  const HeadMatrix k = key_matrix(size_, group, size_.keys, size_.key_width);
  if (scale_gradients != nullptr) {
    const auto bytes = static_cast<std::size_t>(size_.scores()) * sizeof(float);
    auto* raw = static_cast<float*>(scratch(ScratchUse::kActivationRows, bytes));
    gemm(size_.queries, size_.keys, size_.key_width, {.data = query + q.offset, .stride = q.stride},
         {.data = key + k.offset, .transposed = true, .stride = k.stride}, raw);
    double sum = 0;
    for (std::int64_t i = 0; i < size_.scores(); ++i) sum += double{gradient[i]} * raw[i];
    scale_gradients[score_matrix(size_, group, repeat)] = sum;
  }
  if (scale != 1) {
    map_range(gradient, gradient, size_.scores(), [factor = scale](float s) { return s * factor; });
  }
  if (query_gradient != nullptr) {
    gemm(size_.queries, size_.key_width, size_.keys, {.data = gradient},
         {.data = key + k.offset, .stride = k.stride},
         {.data = query_gradient + q.offset, .stride = q.stride});
  }
  if (key_gradient != nullptr) {
    gemm(size_.keys, size_.key_width, size_.queries, {.data = gradient, .transposed = true},
         {.data = query + q.offset, .stride = q.stride},
         {.data = key_gradient + k.offset, .stride = k.stride, .accumulate = repeat > 0});
  }
}

void TanhScores::forward(std::int64_t group, std::int64_t, float* scores) {
  const std::int64_t width = size_.key_width;
  const float* q = query + group * size_.queries * width;
  const float* k = key + group * size_.keys * width;
  for (std::int64_t i = 0; i < size_.queries; ++i) {
    for (std::int64_t j = 0; j < size_.keys; ++j) {
      scores[i * size_.keys + j] = tanh_score(q + i * width, k + j * width, weights, factor, width);
    }
  }
}

void TanhScores::backward(std::int64_t group, std::int64_t, float* gradient) {
  const std::int64_t width = size_.key_width;
  const std::int64_t q = group * size_.queries * width, k = group * size_.keys * width;
  float* of_weights = weight_gradients + group * width;
  std::fill_n(query_gradient + q, size_.queries * width, 0.0F);
  std::fill_n(key_gradient + k, size_.keys * width, 0.0F);
  std::fill_n(of_weights, width, 0.0F);
  double of_factor = 0;
  for (std::int64_t i = 0; i < size_.queries; ++i) {
    for (std::int64_t j = 0; j < size_.keys; ++j) {
      const std::int64_t at_query = q + i * width, at_key = k + j * width;
      of_factor +=
          tanh_score_backward(query + at_query, key + at_key, weights, factor, gradient[i * size_.keys + j],
                              {query_gradient + at_query, key_gradient + at_key, of_weights}, width);
    }
  }
  factor_gradients[group] = of_factor;
}

}  // namespace ktrain
