#include "ktrain/core/philox.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/simd.h"

namespace ktrain {

namespace {

using Words = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

[[gnu::always_inline]] inline Words ten_rounds(Words counter, Key key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = kMultiplier0 * counter[0];
    const std::uint64_t p1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

[[gnu::always_inline]] inline Words counter_of(std::uint64_t position, std::uint64_t block) {
  return {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
          static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32)};
}

KTRAIN_SIMD void fill_blocks(Key key, std::uint64_t position, std::uint64_t first_block, std::uint32_t* words,
                             std::int64_t blocks) {
#pragma omp simd
  for (std::int64_t i = 0; i < blocks; ++i) {
    const Words block = ten_rounds(counter_of(position, first_block + static_cast<std::uint64_t>(i)), key);
    words[4 * i] = block[0];
    words[4 * i + 1] = block[1];
    words[4 * i + 2] = block[2];
    words[4 * i + 3] = block[3];
  }
}

}  // namespace

Words philox4x32(Words counter, Key key) {
  return ten_rounds(counter, key);
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint32_t call,
                           std::uint64_t epoch) {
  const std::uint64_t words[] = {seed, XXH3_64bits(purpose.data(), purpose.size()), call, epoch};
  const std::uint64_t key = XXH3_64bits(words, sizeof words);
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

std::array<std::uint32_t, 4> RandomStream::bits(std::uint64_t position, std::uint64_t block) const {
  return ten_rounds(counter_of(position, block), key_);
}

void RandomStream::fill_bits(std::uint64_t position, std::uint64_t first_block,
                             std::span<std::uint32_t> words) const {
  const std::size_t blocks = words.size() / 4;
  fill_blocks(key_, position, first_block, words.data(), static_cast<std::int64_t>(blocks));
  if (words.size() % 4 == 0) return;
  const Words last = bits(position, first_block + blocks);
  std::copy_n(last.begin(), words.size() % 4, words.begin() + static_cast<std::ptrdiff_t>(4 * blocks));
}

std::array<float, 4> RandomStream::uniform(std::uint64_t position, std::uint64_t block) const {
  const auto words = bits(position, block);
  std::array<float, 4> numbers;
  for (int i = 0; i < 4; ++i) numbers[i] = static_cast<float>(words[i] >> 8) * 0x1p-24F;
  return numbers;
}

std::array<float, 4> RandomStream::normal(std::uint64_t position, std::uint64_t block) const {
  const auto words = bits(position, block);
  std::array<float, 4> numbers;
  for (int i = 0; i < 4; i += 2) {
    const double radius = std::sqrt(-2.0 * std::log((words[i] + 0.5) * 0x1p-32));
    const double angle = 2.0 * std::numbers::pi * (words[i + 1] * 0x1p-32);
    numbers[i] = static_cast<float>(radius * std::cos(angle));
    numbers[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return numbers;
}

}  // namespace ktrain
