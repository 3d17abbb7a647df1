#include <algorithm>

#include "io/hdf5/checksum.h"
#include "io/hdf5/chunk_array.h"

namespace ktrain {
namespace {

constexpr std::size_t kSkippedBytes = 4;
constexpr std::size_t kChecksumBytes = 4;

struct FixedArray {
  bool filtered;
  std::size_t entry_bytes;
  unsigned page_bits;
  std::uint64_t entries;
  std::uint64_t block;
};

FixedArray parse_header(const H5Image& image, std::uint64_t address) {
  H5Cursor cursor = image.at(address);
  cursor.expect("FAHD", "an array of chunks");
  cursor.expect_version(0, "an array of chunks");
  FixedArray array{};
  array.filtered = cursor.u8() != 0;
  array.entry_bytes = cursor.u8();
  array.page_bits = cursor.u8();
  array.entries = cursor.length();
  array.block = cursor.address();
  require_h5_checksum(image.part(address, 8 + image.length_bytes + image.address_bytes + kChecksumBytes));
  require_entry_bytes(array.filtered, image.address_bytes, array.entry_bytes);
  if (array.page_bits > 32 || array.entries > image.bytes.size()) {
    malformed("is damaged: an array of ", array.entries, " chunks");
  }
  return array;
}

void take_entries(H5Cursor cursor, const FixedArray& array, std::size_t address_bytes, std::uint64_t count,
                  std::vector<H5ArrayEntry>& entries) {
  for (std::uint64_t i = 0; i < count; ++i) {
    entries.push_back(take_array_entry(cursor, array.filtered, address_bytes, array.entry_bytes));
  }
}

/// Large arrays come in pages, each with its checksum; a bit says whether a page was ever written.
void take_pages(const H5Image& image, const FixedArray& array, H5Cursor cursor,
                std::span<const std::byte> written, std::vector<H5ArrayEntry>& entries) {
  const std::uint64_t per_page = std::uint64_t{1} << array.page_bits;
  for (std::uint64_t page = 0; entries.size() < array.entries; ++page) {
    const std::uint64_t count = std::min(per_page, array.entries - entries.size());
    const auto bytes = cursor.take(count * array.entry_bytes + kChecksumBytes);
    if ((std::to_integer<unsigned>(written[page / 8]) & 0x80U >> page % 8) == 0) {
      entries.resize(entries.size() + count);
      continue;
    }
    require_h5_checksum(bytes);
    take_entries(image.cursor(bytes), array, image.address_bytes, count, entries);
  }
}

}  // namespace

H5ArrayEntry take_array_entry(H5Cursor& cursor, bool filtered, std::size_t address_bytes,
                              std::size_t entry_bytes) {
  H5ArrayEntry entry;
  entry.address = cursor.address();
  if (filtered) {
    entry.bytes = cursor.number(entry_bytes - address_bytes - kSkippedBytes);
    entry.skipped = cursor.u32();
  }
  return entry;
}

void require_entry_bytes(bool filtered, std::size_t address_bytes, std::size_t entry_bytes) {
  const std::size_t size_bytes = entry_bytes - address_bytes - kSkippedBytes;
  if (filtered ? size_bytes < 1 || size_bytes > 8 : entry_bytes != address_bytes) {
    malformed("is damaged: a chunk's entry of ", entry_bytes, " bytes");
  }
}

std::vector<H5ArrayEntry> read_fixed_array(const H5Image& image, std::uint64_t header, std::uint64_t count) {
  const FixedArray array = parse_header(image, header);
  if (count > array.entries) malformed("is damaged: an array of ", array.entries, " of ", count, " chunks");
  std::vector<H5ArrayEntry> entries;
  if (array.block == kH5Undefined) {
    entries.resize(count);
    return entries;
  }
  const std::uint64_t per_page = std::uint64_t{1} << array.page_bits;
  const bool paged = array.entries > per_page;
  const std::uint64_t pages = paged ? (array.entries + per_page - 1) / per_page : 0;
  const std::uint64_t prefix = 6 + image.address_bytes, bits = (pages + 7) / 8;
  const std::uint64_t content = paged ? bits : array.entries * array.entry_bytes;
  const auto block = image.part(array.block, prefix + content + kChecksumBytes);
  require_h5_checksum(block);
  H5Cursor cursor = image.cursor(block);
  cursor.expect("FADB", "a block of an array of chunks");
  cursor = image.cursor(block.subspan(prefix));
  if (paged) {
    take_pages(image, array, image.at(array.block + block.size()), cursor.take(bits), entries);
  } else {
    take_entries(cursor, array, image.address_bytes, array.entries, entries);
  }
  entries.resize(count);
  return entries;
}

}  // namespace ktrain
