#include <algorithm>
#include <bit>

#include "io/hdf5/checksum.h"
#include "io/hdf5/chunk_array.h"

namespace ktrain {
namespace {

constexpr std::size_t kChecksumBytes = 4;

/// The array in the order of its entries: some in the index block, then those of data blocks that the index
/// block names, then those of data blocks that super blocks name. Super block u, real or in the index block,
/// has 2^floor(u/2) data blocks of first · 2^ceil(u/2) entries.
class ExtensibleArray {
 public:
  ExtensibleArray(const H5Image& image, std::uint64_t header, std::uint64_t count)
      : image_(image), header_(header), count_(count), budget_(image) {
    H5Cursor cursor = image.at(header);
    cursor.expect("EAHD", "an array of chunks");
    cursor.expect_version(0, "an array of chunks");
    filtered_ = cursor.u8() != 0;
    entry_bytes_ = cursor.u8();
    offset_bits_ = cursor.u8();
    in_index_ = cursor.u8();
    first_block_ = cursor.u8();
    least_pointers_ = cursor.u8();
    page_bits_ = cursor.u8();
    for (int i = 0; i < 6; ++i) cursor.length();  // statistics
    index_ = cursor.address();
    require_h5_checksum(
        image.part(header, 12 + 6 * image.length_bytes + image.address_bytes + kChecksumBytes));
    require_entry_bytes(filtered_, image.address_bytes, entry_bytes_);
    if (!std::has_single_bit(first_block_) || !std::has_single_bit(least_pointers_) || offset_bits_ > 64 ||
        page_bits_ > 32) {
      malformed("is damaged: an array of chunks of impossible blocks");
    }
  }

  std::vector<H5ArrayEntry> read() {
    if (index_ != kH5Undefined) index_block();
    entries_.resize(count_);
    return std::move(entries_);
  }

 private:
  bool done() const { return entries_.size() >= count_; }
  std::size_t prefix_bytes() const { return 6 + image_.address_bytes; }
  std::uint64_t blocks_of(unsigned super) const { return std::uint64_t{1} << super / 2; }
  std::uint64_t entries_of(unsigned super) const { return std::uint64_t{first_block_} << (super + 1) / 2; }

  /// A block whose content has `bytes` bytes, checked; the content.
  H5Cursor block(std::uint64_t address, const char* signature, std::uint64_t bytes) {
    const auto whole = image_.part(address, prefix_bytes() + bytes + kChecksumBytes);
    budget_.spend(whole.size());
    require_h5_checksum(whole);
    H5Cursor cursor = image_.cursor(whole);
    cursor.expect(signature, "a block of an array of chunks");
    cursor.skip(2);
    if (cursor.address() != header_) malformed("is damaged: an array of chunks has another's block");
    return cursor;
  }

  void index_block() {
    const unsigned supers = 2 * (static_cast<unsigned>(std::bit_width(least_pointers_)) - 1);
    const unsigned all = static_cast<unsigned>(std::max<int>(
        1 + static_cast<int>(offset_bits_) - (std::bit_width(first_block_) - 1), static_cast<int>(supers)));
    const std::uint64_t pointers = 2 * (std::uint64_t{least_pointers_} - 1) + (all - supers);
    H5Cursor cursor = block(index_, "EAIB", in_index_ * entry_bytes_ + pointers * image_.address_bytes);
    take(cursor, in_index_);
    for (unsigned super = 0; super < supers && !done(); ++super) {
      for (std::uint64_t i = 0; i < blocks_of(super); ++i) data_block(cursor.address(), entries_of(super));
    }
    for (unsigned super = supers; super < all && !done(); ++super) super_block(cursor.address(), super);
  }

  void super_block(std::uint64_t address, unsigned super) {
    const std::uint64_t blocks = blocks_of(super), entries = entries_of(super);
    if (address == kH5Undefined) return absent(blocks * entries);
    const std::uint64_t pages = entries >> page_bits_;
    const std::uint64_t bits = entries > std::uint64_t{1} << page_bits_ ? (pages + 7) / 8 : 0;
    const std::size_t offset = offset_bytes();
    if (blocks * (bits + image_.address_bytes) > image_.bytes.size()) malformed("is damaged: it ends early");
    H5Cursor cursor = block(address, "EASB", offset + blocks * (bits + image_.address_bytes));
    cursor.skip(offset);
    const auto written = cursor.take(blocks * bits);
    for (std::uint64_t i = 0; i < blocks && !done(); ++i) {
      const std::uint64_t child = cursor.address();
      if (bits == 0) {
        data_block(child, entries);
      } else {
        paged_block(child, entries, written.subspan(i * bits, bits));
      }
    }
  }

  void data_block(std::uint64_t address, std::uint64_t entries) {
    if (address == kH5Undefined || done()) return absent(entries);
    if (entries > image_.bytes.size()) malformed("is damaged: it ends early");
    H5Cursor cursor = block(address, "EADB", offset_bytes() + entries * entry_bytes_);
    cursor.skip(offset_bytes());
    take(cursor, entries);
  }

  /// Large blocks come in pages, each with its checksum; a bit says whether a page was ever written.
  void paged_block(std::uint64_t address, std::uint64_t entries, std::span<const std::byte> written) {
    if (address == kH5Undefined) return absent(entries);
    const std::uint64_t per_page = std::uint64_t{1} << page_bits_;
    block(address, "EADB", offset_bytes());
    H5Cursor pages = image_.at(address + prefix_bytes() + offset_bytes() + kChecksumBytes);
    for (std::uint64_t page = 0; page < entries / per_page && !done(); ++page) {
      const auto bytes = pages.take(per_page * entry_bytes_ + kChecksumBytes);
      if ((std::to_integer<unsigned>(written[page / 8]) & 0x80U >> page % 8) == 0) {
        absent(per_page);
        continue;
      }
      budget_.spend(bytes.size());
      require_h5_checksum(bytes);
      H5Cursor cursor = image_.cursor(bytes);
      take(cursor, per_page);
    }
  }

  std::size_t offset_bytes() const { return (offset_bits_ + 7) / 8; }

  void take(H5Cursor& cursor, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const H5ArrayEntry entry = take_array_entry(cursor, filtered_, image_.address_bytes, entry_bytes_);
      if (!done()) entries_.push_back(entry);
    }
  }

  void absent(std::uint64_t count) {
    entries_.resize(entries_.size() + static_cast<std::size_t>(std::min(count, count_ - entries_.size())));
  }

  const H5Image& image_;
  std::uint64_t header_;
  std::uint64_t count_;
  H5Budget budget_;
  bool filtered_;
  std::size_t entry_bytes_;
  unsigned offset_bits_, in_index_, first_block_, least_pointers_, page_bits_;
  std::uint64_t index_;
  std::vector<H5ArrayEntry> entries_;
};

}  // namespace

std::vector<H5ArrayEntry> read_extensible_array(const H5Image& image, std::uint64_t header,
                                                std::uint64_t count) {
  return ExtensibleArray(image, header, count).read();
}

}  // namespace ktrain
