#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ktrain {

/// No deflate stream holds more bytes per byte of its own (zlib's technical notes).
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;

/// What `stored` bytes may be said to hold, deflated: kMaxDeflateRatio times as much, beyond 1 GiB only 100
/// times. Real data of that size do not shrink so far; a bomb does.
std::uint64_t most_inflated(std::uint64_t stored);

enum class DeflateWrapping { kRaw, kZlib };

/// Inflates a deflate stream (RFC 1951, or within RFC 1950) that must hold exactly `size` bytes. Memory grows
/// with what the stream really holds, whatever `size` claims. Throws FormatError for damaged streams and
/// other lengths.
std::vector<std::byte> inflate_exactly(std::span<const std::byte> stream, DeflateWrapping wrapping,
                                       std::uint64_t size);

}  // namespace ktrain
