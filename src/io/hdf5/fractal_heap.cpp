#include "io/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "io/hdf5/btree.h"
#include "io/hdf5/checksum.h"

namespace ktrain {
namespace {

constexpr unsigned kHugeRecords = 1;  // the kind of B-tree that says where huge objects lie
constexpr unsigned kMaxRows = 64;
constexpr unsigned kManaged = 0, kHuge = 1, kTiny = 2;

std::size_t log2_of(std::uint64_t value) {
  return static_cast<std::size_t>(std::bit_width(value)) - 1;
}

}  // namespace

H5FractalHeap::H5FractalHeap(const H5Image& image, std::uint64_t address) : image_(image), address_(address) {
  H5Cursor cursor = image.at(address);
  const std::size_t before = cursor.remaining();
  cursor.expect("FRHP", "a heap");
  cursor.expect_version(0, "a heap");
  id_bytes_ = cursor.u16();
  if (cursor.u16() != 0) malformed("has a filtered heap, which ktrain does not read");
  cursor.skip(1);  // flags
  const std::uint32_t largest_managed = cursor.u32();
  cursor.length();  // the next huge object's number
  huge_tree_ = cursor.address();
  cursor.length();  // free bytes
  cursor.address();
  for (int i = 0; i < 8; ++i) cursor.length();  // statistics
  table_width_ = cursor.u16();
  first_block_bytes_ = cursor.length();
  largest_direct_bytes_ = cursor.length();
  const unsigned address_bits = cursor.u16();
  cursor.skip(2);
  root_ = cursor.address();
  root_rows_ = cursor.u16();
  require_h5_checksum(image.part(address, before - cursor.remaining() + 4));
  if (!std::has_single_bit(table_width_) || !std::has_single_bit(first_block_bytes_) ||
      !std::has_single_bit(largest_direct_bytes_) || first_block_bytes_ > largest_direct_bytes_ ||
      address_bits == 0 || address_bits > 64 || root_rows_ > kMaxRows || largest_managed == 0 ||
      id_bytes_ < 2) {
    malformed("is damaged: a heap of impossible blocks");
  }
  offset_bytes_ = (address_bits + 7) / 8;
  size_bytes_ = std::min((log2_of(largest_direct_bytes_) + 7) / 8, log2_of(largest_managed) / 8 + 1);
}

std::span<const std::byte> H5FractalHeap::object(std::span<const std::byte> id) {
  H5Cursor cursor = image_.cursor(id);
  const unsigned head = cursor.u8(), kind = head >> 4 & 3U;
  if (kind == kManaged) return managed(cursor);
  if (kind == kHuge) return huge(cursor);
  if (kind != kTiny) malformed("is damaged: a heap has an object of no kind");
  constexpr std::size_t kShortIds = 18;
  std::uint64_t size = head & 0xFU;
  if (id_bytes_ > kShortIds) size = size << 8 | cursor.u8();
  return cursor.take(size + 1);
}

std::uint64_t H5FractalHeap::row_bytes(unsigned row) const {
  const unsigned doublings = row == 0 ? 0 : row - 1;
  if (doublings + log2_of(first_block_bytes_) > 62) malformed("is damaged: a heap of impossible blocks");
  return first_block_bytes_ << doublings;
}

H5Cursor H5FractalHeap::indirect(std::uint64_t address, unsigned rows) const {
  const std::size_t prefix = 5 + image_.address_bytes + offset_bytes_;
  const std::uint64_t entries = rows * table_width_ * image_.address_bytes;
  const auto block = image_.part(address, prefix + entries + 4);
  require_h5_checksum(block);
  H5Cursor cursor = image_.cursor(block);
  cursor.expect("FHIB", "a heap's block");
  cursor.expect_version(0, "a heap's block");
  if (cursor.address() != address_) malformed("is damaged: a heap has another's block");
  cursor.skip(offset_bytes_);
  return cursor;
}

/// Follows the doubling tables down to the block that holds `offset`: in each, rows 0 and 1 are of the first
/// size and each further row of twice the size before; rows beyond the largest direct block are tables again.
std::span<const std::byte> H5FractalHeap::managed(H5Cursor id) const {
  std::uint64_t offset = id.number(offset_bytes_);
  const std::uint64_t size = id.number(size_bytes_);
  std::uint64_t block = root_;
  unsigned rows = root_rows_;
  if (rows == 0) return in_block(block, first_block_bytes_, offset, size);
  while (true) {
    const std::uint64_t first_row = first_block_bytes_ * table_width_;
    const auto row = static_cast<unsigned>(std::bit_width(offset / first_row));
    if (row >= rows) malformed("is damaged: an object lies beyond its heap");
    const std::uint64_t bytes = row_bytes(row);
    offset -= row == 0 ? 0 : first_row << (row - 1);
    H5Cursor table = indirect(block, rows);
    table.skip((row * table_width_ + offset / bytes) * image_.address_bytes);
    block = table.address();
    offset %= bytes;
    if (bytes <= largest_direct_bytes_) return in_block(block, bytes, offset, size);
    rows = static_cast<unsigned>(log2_of(bytes) - log2_of(first_row)) + 1;
  }
}

std::span<const std::byte> H5FractalHeap::in_block(std::uint64_t block, std::uint64_t block_bytes,
                                                   std::uint64_t offset, std::uint64_t size) const {
  H5Cursor cursor = image_.cursor(image_.part(block, block_bytes));
  cursor.expect("FHDB", "a heap's block");
  return ByteCursor(image_.part(block, block_bytes), offset).take(size);
}

std::span<const std::byte> H5FractalHeap::huge(H5Cursor id) {
  const bool direct = image_.address_bytes + image_.length_bytes <= id_bytes_ - 1;
  if (direct) {
    const std::uint64_t address = id.address();
    return image_.part(address, id.length());
  }
  if (!huge_) {
    huge_.emplace();
    for (const auto record : read_btree_v2(image_, huge_tree_, kHugeRecords)) {
      H5Cursor cursor = image_.cursor(record);
      const std::uint64_t address = cursor.address(), size = cursor.length(), number = cursor.length();
      huge_->emplace(number, image_.part(address, size));
    }
  }
  const auto found = huge_->find(id.number(std::min(id_bytes_ - 1, sizeof(std::uint64_t))));
  if (found == huge_->end()) malformed("is damaged: an object of a heap is missing");
  return found->second;
}

}  // namespace ktrain
