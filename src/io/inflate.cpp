#include "io/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "io/byte_cursor.h"

namespace ktrain {
namespace {

constexpr std::size_t kMaxPiece = std::numeric_limits<uInt>::max();
constexpr std::size_t kFirstPiece = std::size_t{1} << 16;
constexpr std::size_t kUsualRatio = 4;

/// zlib's stream over bytes that come and go in pieces of its size type.
class Inflater {
 public:
  Inflater(std::span<const std::byte> stream, DeflateWrapping wrapping) : rest_(stream) {
    if (inflateInit2(&state_, wrapping == DeflateWrapping::kRaw ? -MAX_WBITS : MAX_WBITS) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Inflater() { inflateEnd(&state_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ended() const { return ended_; }

  /// Fills `out` as far as the stream goes; returns the count.
  std::size_t fill(std::span<std::byte> out) {
    std::size_t filled = 0;
    while (filled < out.size() && !ended_) filled += step(out.subspan(filled));
    return filled;
  }

 private:
  std::size_t step(std::span<std::byte> out) {
    if (state_.avail_in == 0) {
      const auto piece = rest_.first(std::min(rest_.size(), kMaxPiece));
      state_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));
      state_.avail_in = static_cast<uInt>(piece.size());
      rest_ = rest_.subspan(piece.size());
    }
    const std::size_t room = std::min(out.size(), kMaxPiece);
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&state_, Z_NO_FLUSH);
    ended_ = status == Z_STREAM_END;
    if (status == Z_BUF_ERROR) malformed("is damaged: its deflated data end early");
    if (status != Z_OK && !ended_) {
      malformed("is damaged: ", state_.msg != nullptr ? state_.msg : zError(status));
    }
    return room - state_.avail_out;
  }

  std::span<const std::byte> rest_;
  z_stream state_{};
  bool ended_ = false;
};

}  // namespace

std::uint64_t most_inflated(std::uint64_t stored) {
  constexpr std::uint64_t kLargeBytes = std::uint64_t{1} << 30, kLargeRatio = 100;
  const std::uint64_t bounded =
      std::min(stored, std::numeric_limits<std::uint64_t>::max() / kMaxDeflateRatio);
  return std::min(bounded * kMaxDeflateRatio, std::max(kLargeBytes, bounded * kLargeRatio));
}

std::vector<std::byte> inflate_exactly(std::span<const std::byte> stream, DeflateWrapping wrapping,
                                       std::uint64_t size) {
  Inflater inflater(stream, wrapping);
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  // One byte more than promised, so that the stream's end is seen.
  for (std::size_t room = std::max(kFirstPiece, stream.size() * kUsualRatio); !inflater.ended(); room *= 2) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(room, size + 1)));
    filled += inflater.fill(std::span(bytes).subspan(filled));
    if (filled > size) malformed("is damaged: it holds more than the ", size, " bytes that it promises");
  }
  if (filled < size) malformed("is damaged: it holds ", filled, " of the ", size, " bytes that it promises");
  bytes.resize(filled);
  return bytes;
}

}  // namespace ktrain
