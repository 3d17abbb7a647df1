#include "data/permutation.h"

#include <bit>

namespace ktrain {
namespace {

std::uint64_t low_bits(int count) {
  return (std::uint64_t{1} << count) - 1;
}

}  // namespace

Permutation::Permutation(std::uint64_t size, const RandomStream& keys) : size_(size) {
  const int bits = std::bit_width(size - 1);
  right_bits_ = bits - bits / 2;
  left_mask_ = low_bits(bits / 2);
  right_mask_ = low_bits(right_bits_);
  for (int round = 0; round < kRounds; ++round) {
    const auto words = keys.bits(0, static_cast<std::uint64_t>(round));
    keys_[static_cast<std::size_t>(round)] = std::uint64_t{words[1]} << 32 | words[0];
  }
}

}  // namespace ktrain
