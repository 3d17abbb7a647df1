#include "io/hdf5/checksum.h"

#include <algorithm>
#include <array>
#include <bit>

namespace ktrain {
namespace {

using Words = std::array<std::uint32_t, 3>;

void mix(Words& words) {
  auto& [a, b, c] = words;
  a -= c, a ^= std::rotl(c, 4), c += b;
  b -= a, b ^= std::rotl(a, 6), a += c;
  c -= b, c ^= std::rotl(b, 8), b += a;
  a -= c, a ^= std::rotl(c, 16), c += b;
  b -= a, b ^= std::rotl(a, 19), a += c;
  c -= b, c ^= std::rotl(b, 4), b += a;
}

void finish(Words& words) {
  auto& [a, b, c] = words;
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
}

/// Adds up to twelve bytes; those that are missing count as zero.
void add(Words& words, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words[i / 4] += std::to_integer<std::uint32_t>(bytes[i]) << i % 4 * 8;
  }
}

}  // namespace

std::uint32_t h5_checksum(std::span<const std::byte> bytes) {
  constexpr std::size_t kBlock = 12;
  Words words;
  words.fill(0xDEADBEEF + static_cast<std::uint32_t>(bytes.size()));
  for (; bytes.size() > kBlock; bytes = bytes.subspan(kBlock)) {
    add(words, bytes.first(kBlock));
    mix(words);
  }
  if (bytes.empty()) return words[2];
  add(words, bytes);
  finish(words);
  return words[2];
}

std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  constexpr std::size_t kWordsBeforeOverflow = 360;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); };
  std::uint32_t first = 0, second = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t end = std::min(bytes.size(), i + 2 * kWordsBeforeOverflow);
    for (; i < end; i += 2) {
      const auto high = std::to_integer<std::uint32_t>(bytes[i]) << 8;
      first += high | (i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0);
      second += first;
    }
    first = fold(first);
    second = fold(second);
  }
  return fold(second) << 16 | fold(first);
}

}  // namespace ktrain
