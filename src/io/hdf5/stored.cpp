#include "io/hdf5/stored.h"

#include <algorithm>
#include <numeric>

#include "io/inflate.h"

namespace ktrain {
namespace {

// What nothing is stored for (an unwritten dataset, all fill values) costs nothing below this.
constexpr std::uint64_t kSmallBytes = std::uint64_t{1} << 20;

std::uint64_t first_row(const H5Chunk& chunk) {
  return chunk.offset.front();
}

/// Copies what of a chunk lies within the shape into the rows that begin with the chunk's, a run along the
/// last dimension at a time.
class Scatter {
 public:
  Scatter(const H5Dataset& dataset, std::uint64_t row_bytes, std::span<std::byte> rows)
      : dims_(dataset.space.dims), extents_(dataset.layout.chunk), row_bytes_(row_bytes), rows_(rows) {}

  void chunk(const H5Chunk& chunk, std::span<const std::byte> bytes) {
    const std::uint64_t count = std::min(extents_[0], dims_[0] - first_row(chunk));
    copy(0, chunk.offset, 0, count, bytes, row_bytes_, rows_);
  }

 private:
  /// `from` and `to` are what dimensions `axis` and later span; `count` entries of `axis` go to entry `at`.
  void copy(std::size_t axis, const std::vector<std::uint64_t>& offset, std::uint64_t at, std::uint64_t count,
            std::span<const std::byte> from, std::uint64_t to_step, std::span<std::byte> to) {
    const std::uint64_t from_step = from.size() / extents_[axis];
    to = to.subspan(at * to_step);
    if (axis + 1 == dims_.size()) {
      std::copy_n(from.begin(), count * from_step, to.begin());
      return;
    }
    const std::uint64_t next = axis + 1, next_at = offset[next];
    const std::uint64_t next_count = std::min(extents_[next], dims_[next] - next_at);
    for (std::uint64_t i = 0; i < count; ++i) {
      copy(next, offset, next_at, next_count, from.subspan(i * from_step, from_step), to_step / dims_[next],
           to.subspan(i * to_step, to_step));
    }
  }

  const std::vector<std::uint64_t>& dims_;
  const std::vector<std::uint64_t>& extents_;
  std::uint64_t row_bytes_;
  std::span<std::byte> rows_;
};

}  // namespace

H5Stored::H5Stored(const H5Image& image, const H5ObjectHeader& header)
    : dataset_(parse_dataset(image, header)) {
  const std::uint64_t needed = dataset_.bytes();
  if (needed == 0) return;
  const H5Layout& layout = dataset_.layout;
  if (layout.kind == H5Layout::Kind::kChunked) {
    chunks_ = find_chunks(image, dataset_);
    std::ranges::stable_sort(chunks_, {}, first_row);
  }
  require_backed(image);
  if (layout.kind == H5Layout::Kind::kCompact) bytes_ = layout.compact.first(needed);
  if (layout.kind == H5Layout::Kind::kContiguous && layout.address != kH5Undefined) {
    bytes_ = image.part(layout.address, needed);
  }
}

void H5Stored::require_backed(const H5Image& image) const {
  const H5Layout& layout = dataset_.layout;
  std::uint64_t stored = 0, limit = kSmallBytes;
  if (layout.kind == H5Layout::Kind::kCompact) {
    stored = limit = layout.compact.size();
  } else if (layout.kind == H5Layout::Kind::kChunked) {
    const auto add = [](std::uint64_t sum, const H5Chunk& chunk) { return sum + chunk.stored.size(); };
    stored = std::accumulate(chunks_.begin(), chunks_.end(), std::uint64_t{0}, add);
    limit = std::max(kSmallBytes, most_inflated(stored));
  } else if (layout.address != kH5Undefined) {
    const std::uint64_t size = image.bytes.size();
    stored = limit = std::min(size - std::min(size, layout.address), layout.bytes);
  }
  if (dataset_.bytes() <= limit) return;
  malformed("claims the shape ", shape_text(dataset_.space.dims), " but stores ", stored, " bytes");
}

std::uint64_t H5Stored::rows() const {
  return dataset_.space.null ? 0 : dataset_.space.dims.empty() ? 1 : dataset_.space.dims[0];
}

std::uint64_t H5Stored::row_bytes() const {
  return dataset_.bytes() / std::max<std::uint64_t>(rows(), 1);
}

std::span<const std::byte> H5Stored::rows_from(std::uint64_t row, std::uint64_t end) {
  if (!bytes_.empty()) return bytes_.subspan(row * row_bytes(), (end - row) * row_bytes());
  if (row < band_begin_ || row >= band_end_) {
    const bool chunked = dataset_.layout.kind == H5Layout::Kind::kChunked;
    const std::uint64_t height = chunked ? std::min(dataset_.layout.chunk[0], rows()) : rows();
    const std::uint64_t begin = row / height * height;
    unpack(begin, std::min(rows(), begin + height));
  }
  const std::span<const std::byte> band(band_);
  return band.subspan((row - band_begin_) * row_bytes(), (std::min(end, band_end_) - row) * row_bytes());
}

std::span<const std::byte> H5Stored::all() {
  const std::span<const std::byte> first = rows_from(0, rows());
  if (first.size() == dataset_.bytes()) return first;
  all_.clear();
  for (std::uint64_t row = 0; row < rows(); row = all_.size() / row_bytes()) {
    const auto more = rows_from(row, rows());
    all_.insert(all_.end(), more.begin(), more.end());
  }
  return all_;
}

std::vector<std::byte> H5Stored::filled(std::uint64_t rows) const {
  std::vector<std::byte> bytes(rows * row_bytes());
  const auto& fill = dataset_.fill;
  const bool zeros = std::ranges::all_of(fill, [](std::byte byte) { return byte == std::byte{0}; });
  for (std::size_t at = 0; at < bytes.size() && !zeros; at += fill.size()) {
    std::ranges::copy(fill, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return bytes;
}

void H5Stored::unpack(std::uint64_t begin, std::uint64_t end) {
  band_begin_ = band_end_ = 0;
  band_ = filled(end - begin);
  const std::uint64_t size = chunk_bytes(dataset_);
  Scatter scatter(dataset_, row_bytes(), band_);
  for (auto chunk = std::ranges::lower_bound(chunks_, begin, {}, first_row);
       chunk != chunks_.end() && first_row(*chunk) == begin; ++chunk) {
    if (size > most_inflated(chunk->stored.size())) {
      malformed("claims chunks of ", size, " bytes, but stores one of ", chunk->stored.size());
    }
    if (!dataset_.filters.empty()) {
      scatter.chunk(*chunk,
                    decode_chunk(dataset_.filters, chunk->skipped, chunk->stored, size, dataset_.type.bytes));
    } else if (chunk->stored.size() == size) {
      scatter.chunk(*chunk, chunk->stored);
    } else {
      malformed("is damaged: a chunk has ", chunk->stored.size(), " bytes instead of ", size);
    }
  }
  band_begin_ = begin;
  band_end_ = end;
}

}  // namespace ktrain
