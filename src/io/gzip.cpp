#include "io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::size_t kMaxPiece = std::numeric_limits<uInt>::max();
constexpr int kGzipOnly = 15 + 16;  // the largest window; gzip wrapping, not zlib's

void end_inflate(z_stream_s* stream) {
  inflateEnd(stream);
  delete stream;
}

z_stream_s* begin_inflate() {
  auto stream = std::make_unique<z_stream_s>();
  if (inflateInit2(stream.get(), kGzipOnly) != Z_OK) throw std::bad_alloc();
  return stream.release();
}

}  // namespace

bool GzipReader::recognizes(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1F} && bytes[1] == std::byte{0x8B};
}

GzipReader::GzipReader(std::span<const std::byte> compressed, std::string name)
    : compressed_(compressed), name_(std::move(name)), stream_(begin_inflate(), end_inflate) {}

std::size_t GzipReader::max_bytes() const {
  return compressed_.size() > std::numeric_limits<std::size_t>::max() / 1032 ? compressed_.size()
                                                                             : compressed_.size() * 1032;
}

void GzipReader::refill() {
  if (stream_->avail_in > 0) return;
  const std::size_t piece = std::min(compressed_.size() - taken_, kMaxPiece);
  stream_->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed_.data() + taken_));
  stream_->avail_in = static_cast<uInt>(piece);
  taken_ += piece;
}

void GzipReader::step() {
  if (member_ended_) {
    inflateReset(stream_.get());
    member_ended_ = false;
  }
  const int status = inflate(stream_.get(), Z_NO_FLUSH);
  if (status == Z_STREAM_END) {
    member_ended_ = true;
  } else if (status == Z_BUF_ERROR) {
    throw Error(ExitCode::kData, text(name_, ": truncated: the gzip data end early"));
  } else if (status != Z_OK) {
    throw Error(
        ExitCode::kData,
        text(name_, ": damaged gzip data: ", stream_->msg != nullptr ? stream_->msg : zError(status)));
  }
}

std::size_t GzipReader::read(std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    refill();
    if (member_ended_ && stream_->avail_in == 0) break;
    const std::size_t piece = std::min(out.size() - filled, kMaxPiece);
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream_->avail_out = static_cast<uInt>(piece);
    step();
    filled += piece - stream_->avail_out;
  }
  return filled;
}

}  // namespace ktrain
