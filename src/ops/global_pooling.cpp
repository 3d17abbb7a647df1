#include "ops/global_pooling.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void mean(const float* x, float* y, std::int64_t pixels, std::int64_t channels) {
  std::fill_n(y, channels, 0.0F);
  for (std::int64_t p = 0; p < pixels; ++p) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) y[c] += x[p * channels + c];
  }
  for (std::int64_t c = 0; c < channels; ++c) y[c] /= static_cast<float>(pixels);
}

KTRAIN_SIMD void spread(const float* dy, float* dx, std::int64_t pixels, std::int64_t channels) {
  for (std::int64_t p = 0; p < pixels; ++p) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      dx[p * channels + c] = dy[c] / static_cast<float>(pixels);
    }
  }
}

float count(const float* mask, std::int64_t pixels) {
  return static_cast<float>(pixels - std::count(mask, mask + pixels, 0.0F));
}

KTRAIN_SIMD void masked_mean(const float* x, const float* mask, float* y, std::int64_t pixels,
                             std::int64_t channels) {
  std::fill_n(y, channels, 0.0F);
  for (std::int64_t p = 0; p < pixels; ++p) {
    if (mask[p] == 0) continue;
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) y[c] += x[p * channels + c];
  }
  const float pixel_count = count(mask, pixels);
  for (std::int64_t c = 0; c < channels; ++c) y[c] /= pixel_count;
}

KTRAIN_SIMD void masked_spread(const float* dy, const float* mask, float* dx, std::int64_t pixels,
                               std::int64_t channels) {
  const float pixel_count = count(mask, pixels);
  for (std::int64_t p = 0; p < pixels; ++p) {
    const bool counts = mask[p] != 0;
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      dx[p * channels + c] = counts ? dy[c] / pixel_count : 0.0F;
    }
  }
}

KTRAIN_SIMD void largest(const float* x, float* y, std::int64_t pixels, std::int64_t channels) {
  std::copy_n(x, channels, y);
  for (std::int64_t p = 1; p < pixels; ++p) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = x[p * channels + c];
      y[c] = y[c] != y[c] || value <= y[c] ? y[c] : value;
    }
  }
}

KTRAIN_SIMD void share(const float* x, const float* y, const float* dy, float* dx, std::int64_t pixels,
                       std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    std::int64_t winners = 0;
    for (std::int64_t p = 0; p < pixels; ++p) winners += x[p * channels + c] == y[c] ? 1 : 0;
    for (std::int64_t p = 0; p < pixels; ++p) {
      const std::int64_t i = p * channels + c;
      dx[i] = x[i] == y[c] ? dy[c] / static_cast<float>(winners) : 0.0F;
    }
  }
}

/// Calls body(row) for each row, on all threads.
template <typename Body>
void for_each_row(std::int64_t rows, const Body& body) {
  parallel_for(rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row);
  });
}

}  // namespace

void global_average_forward(const float* x, float* y, std::int64_t rows, std::int64_t pixels,
                            std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    mean(x + row * pixels * channels, y + row * channels, pixels, channels);
  });
}

void global_average_backward(const float* dy, float* dx, std::int64_t rows, std::int64_t pixels,
                             std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    spread(dy + row * channels, dx + row * pixels * channels, pixels, channels);
  });
}

void masked_average_forward(const float* x, const float* mask, float* y, std::int64_t rows,
                            std::int64_t pixels, std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    masked_mean(x + row * pixels * channels, mask + row * pixels, y + row * channels, pixels, channels);
  });
}

void masked_average_backward(const float* dy, const float* mask, float* dx, std::int64_t rows,
                             std::int64_t pixels, std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    masked_spread(dy + row * channels, mask + row * pixels, dx + row * pixels * channels, pixels, channels);
  });
}

void global_max_forward(const float* x, float* y, std::int64_t rows, std::int64_t pixels,
                        std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    largest(x + row * pixels * channels, y + row * channels, pixels, channels);
  });
}

void global_max_backward(const float* x, const float* y, const float* dy, float* dx, std::int64_t rows,
                         std::int64_t pixels, std::int64_t channels) {
  for_each_row(rows, [&](std::int64_t row) {
    const std::int64_t image = row * pixels * channels;
    share(x + image, y + row * channels, dy + row * channels, dx + image, pixels, channels);
  });
}

}  // namespace ktrain
