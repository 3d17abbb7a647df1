#include "nn/random_fill.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/parallel.h"

namespace ktrain {
namespace {

using Four = std::array<float, 4>;

constexpr std::int64_t kGrain = 1024;  // blocks of four numbers

// values[4·block + i] = offset + factor · draw(block)[i]
template <typename Draw>
void fill_affine(std::span<float> values, double offset, double factor, const Draw& draw) {
  const auto count = static_cast<std::int64_t>(values.size());
  parallel_for((count + 3) / 4, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const Four numbers = draw(static_cast<std::uint64_t>(block));
      const std::int64_t first = 4 * block;
      for (std::int64_t i = 0; i < std::min<std::int64_t>(4, count - first); ++i) {
        const double number = static_cast<double>(numbers[static_cast<std::size_t>(i)]);
        values[static_cast<std::size_t>(first + i)] = static_cast<float>(offset + factor * number);
      }
    }
  });
}

Four truncated_normal(const RandomStream& random, std::uint64_t block) {
  Four numbers = random.normal(0, block);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::uint64_t attempt = 1; std::fabs(numbers[i]) > 2; ++attempt) {
      numbers[i] = random.normal(attempt, block)[i];
    }
  }
  return numbers;
}

}  // namespace

void fill_uniform(std::span<float> values, const RandomStream& random, double low, double high) {
  fill_affine(values, low, high - low, [&](std::uint64_t block) { return random.uniform(0, block); });
}

void fill_normal(std::span<float> values, const RandomStream& random, double mean, double stddev) {
  fill_affine(values, mean, stddev, [&](std::uint64_t block) { return random.normal(0, block); });
}

void fill_truncated_normal(std::span<float> values, const RandomStream& random, double mean, double stddev) {
  fill_affine(values, mean, stddev, [&](std::uint64_t block) { return truncated_normal(random, block); });
}

}  // namespace ktrain
