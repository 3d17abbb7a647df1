#include "nn/layers/dropout_mask.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/parallel.h"
#include "core/simd.h"
#include "ktrain/core/philox.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainElements = 1 << 12;

KTRAIN_SIMD void keep_from(std::uint32_t threshold, const std::uint32_t* words, float scale, float* values,
                           std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) values[i] = words[i] >= threshold ? scale : 0.0F;
}

}  // namespace

void DropoutMask::draw(const StepContext& step, std::span<float> values, std::int64_t rows) const {
  const RandomStream random(seed.value_or(step.seed), purpose, call, static_cast<std::uint64_t>(step.epoch));
  const auto threshold = static_cast<std::uint32_t>(std::min(std::round(rate * 0x1p32), 0x1p32 - 1));
  const auto scale = static_cast<float>(rate < 1 ? 1 / (1 - rate) : 0);
  const std::int64_t size = std::ssize(values) / rows;
  parallel_for(rows, kGrainElements / size, [&](std::int64_t first, std::int64_t last) {
    std::array<std::uint32_t, 1024> words;
    for (std::int64_t row = first; row < last; ++row) {
      const auto position = static_cast<std::uint64_t>(step.first_position + row);
      for (std::int64_t begin = 0; begin < size; begin += std::ssize(words)) {
        const std::int64_t count = std::min<std::int64_t>(std::ssize(words), size - begin);
        random.fill_bits(position, static_cast<std::uint64_t>(begin / 4),
                         std::span(words).first(static_cast<std::size_t>(count)));
        keep_from(threshold, words.data(), scale, values.data() + row * size + begin, count);
      }
    }
  });
}

}  // namespace ktrain
