#pragma once

#include <array>
#include <cstdint>

#include "ktrain/core/philox.h"

namespace ktrain {

/// A keyed bijection of [0, size), with random access: a Feistel network (Luby and Rackoff 1988) of ten
/// rounds on the next power of two, its round keys drawn by Philox, walked until it lands below size (cycle
/// walking: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002,
/// doi:10.1007/3-540-45760-7_9). Fewer than two walks on average, so a lookup takes constant time.
class Permutation {
 public:
  /// `size` is at least 1; the keys are the first numbers of `keys` at position 0.
  Permutation(std::uint64_t size, const RandomStream& keys);

  std::uint64_t operator()(std::uint64_t position) const {
    do position = encrypt(position);
    while (position >= size_);
    return position;
  }

 private:
  static constexpr int kRounds = 10;
  static_assert(kRounds % 2 == 0, "the halves change places an even number of times");

  /// SplitMix64's finalizer (Stafford's Mix13): a round function need not be strong, only mix well.
  static std::uint64_t mix(std::uint64_t word) {
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
    return word ^ (word >> 31);
  }

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

}  // namespace ktrain
