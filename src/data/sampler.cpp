#include "data/sampler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "core/check.h"
#include "ktrain/core/philox.h"

namespace ktrain {
namespace {

constexpr int kRounds = 10;
static_assert(kRounds % 2 == 0, "the halves change places an even number of times");

/// SplitMix64's finalizer (Stafford's Mix13): a round function need not be strong, only mix well.
std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
  return word ^ (word >> 31);
}

std::uint64_t low_bits(int count) {
  return (std::uint64_t{1} << count) - 1;
}

/// A keyed bijection of [0, size).
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed, std::uint64_t epoch) : size_(size) {
    const int bits = std::bit_width(size - 1);
    right_bits_ = bits - bits / 2;
    left_mask_ = low_bits(bits / 2);
    right_mask_ = low_bits(right_bits_);
    const RandomStream stream(seed, "sample order", 0, epoch);
    for (int round = 0; round < kRounds; ++round) {
      const auto words = stream.bits(0, static_cast<std::uint64_t>(round));
      keys_[static_cast<std::size_t>(round)] = std::uint64_t{words[1]} << 32 | words[0];
    }
  }

  std::uint64_t operator()(std::uint64_t position) const {
    do position = encrypt(position);
    while (position >= size_);
    return position;
  }

 private:
  /// The halves may differ by a bit: each round only adds a function of the one to the other, which can be
  /// undone whatever their widths.
  std::uint64_t encrypt(std::uint64_t word) const {
    std::uint64_t left = word >> right_bits_;
    std::uint64_t right = word & right_mask_;
    for (std::size_t round = 0; round < kRounds; round += 2) {
      left ^= mix(right + keys_[round]) & left_mask_;
      right ^= mix(left + keys_[round + 1]) & right_mask_;
    }
    return left << right_bits_ | right;
  }

  std::uint64_t size_;
  int right_bits_;
  std::uint64_t left_mask_, right_mask_;
  std::array<std::uint64_t, kRounds> keys_;
};

}  // namespace

Sampler::Sampler(std::int64_t size, std::uint64_t seed, bool shuffle)
    : size_(size), seed_(seed), shuffle_(shuffle) {
  KTRAIN_CHECK(size >= 1, "size ", size);
}

std::int64_t Sampler::index(std::int64_t epoch, std::int64_t position) const {
  std::int64_t found;
  indices(epoch, position, {&found, 1});
  return found;
}

void Sampler::indices(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const {
  const auto count = static_cast<std::int64_t>(out.size());
  KTRAIN_CHECK(0 <= first_position && first_position + count <= size_, first_position, " + ", count, " of ",
               size_);
  std::iota(out.begin(), out.end(), first_position);
  if (!shuffle_ || out.empty()) return;
  const Permutation permutation(static_cast<std::uint64_t>(size_), seed_, static_cast<std::uint64_t>(epoch));
  for (std::int64_t& entry : out) {
    entry = static_cast<std::int64_t>(permutation(static_cast<std::uint64_t>(entry)));
  }
}

}  // namespace ktrain
