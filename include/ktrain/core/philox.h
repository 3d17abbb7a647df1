#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ktrain {

/// Philox 4x32 with 10 rounds: a bijection of the 128-bit counter for each 64-bit key (Salmon et al.,
/// "Parallel random numbers: as easy as 1, 2, 3", SC'11, doi:10.1145/2063384.2063405).
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// Random numbers as a pure function of where they are used, never of who computes them: a stream belongs to
/// (seed, purpose, call, epoch), a number in it to (position in the epoch, element). The same for every
/// worker count.
class RandomStream {
 public:
  /// `purpose` names the user, e.g. a layer's name; `call` counts the calls of a shared layer.
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint32_t call = 0, std::uint64_t epoch = 0);

  /// Four numbers of 32 random bits: those of elements 4·block … 4·block+3 of the sample at `position`.
  std::array<std::uint32_t, 4> bits(std::uint64_t position, std::uint64_t block) const;

  /// The same numbers, many at once: words[i] is that of element 4·first_block + i.
  void fill_bits(std::uint64_t position, std::uint64_t first_block, std::span<std::uint32_t> words) const;

  /// `bits` as numbers in [0, 1), 24 bits each.
  std::array<float, 4> uniform(std::uint64_t position, std::uint64_t block) const;

  /// Four standard normal numbers (Box and Muller 1958, on 32-bit uniforms).
  std::array<float, 4> normal(std::uint64_t position, std::uint64_t block) const;

 private:
  std::array<std::uint32_t, 2> key_;
};

}  // namespace ktrain
