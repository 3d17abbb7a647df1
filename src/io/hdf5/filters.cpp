#include "io/hdf5/filters.h"

#include <algorithm>
#include <string>

#include "io/hdf5/checksum.h"
#include "io/inflate.h"

namespace ktrain {
namespace {

constexpr std::size_t kLongestChain = 4;
constexpr std::size_t kFletcherBytes = 4;

std::string filter_name(std::uint16_t id, std::string_view own) {
  switch (id) {
    case 4:
      return "szip";
    case 5:
      return "nbit";
    case 6:
      return "scaleoffset";
    default:
      own = own.substr(0, own.find('\0'));
      return own.empty() ? text("number ", id) : text(own, " (number ", id, ")");
  }
}

H5Filter parse_filter(H5Cursor& cursor, unsigned version) {
  constexpr std::uint16_t kFirstNamed = 256;
  const std::uint16_t id = cursor.u16();
  const std::uint16_t name_bytes = version == 1 || id >= kFirstNamed ? cursor.u16() : 0;
  cursor.skip(2);  // flags
  const std::uint16_t values = cursor.u16();
  const std::string_view name = cursor.characters(version == 1 ? (name_bytes + 7) / 8 * 8 : name_bytes);
  cursor.skip(std::uint64_t{4} * values);
  if (version == 1 && values % 2 == 1) cursor.skip(4);
  if (id < 1 || id > 3) malformed("has a filter that ktrain does not read: ", filter_name(id, name));
  return H5Filter{id};
}

/// The bytes of element i lie apart: first all first bytes, then all second ones. What is left over at the
/// end stays as it is.
std::vector<std::byte> unshuffled(std::span<const std::byte> bytes, std::size_t element_bytes) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  const std::size_t count = bytes.size() / element_bytes;
  for (std::size_t byte = 0; byte < element_bytes; ++byte) {
    const std::byte* from = bytes.data() + byte * count;
    std::byte* to = out.data() + byte;
    for (std::size_t i = 0; i < count; ++i) to[i * element_bytes] = from[i];
  }
  return out;
}

/// Takes off the checksum at the end. Old writers on little-endian machines swapped the bytes of its words.
void check_fletcher(std::vector<std::byte>& bytes) {
  if (bytes.size() < kFletcherBytes) malformed("is damaged: a chunk ends early");
  const std::size_t size = bytes.size() - kFletcherBytes;
  const std::uint32_t stored = ByteCursor(bytes, size).u32();
  bytes.resize(size);
  require_fletcher32(bytes, stored);
}

}  // namespace

std::vector<H5Filter> parse_filters(H5Cursor cursor) {
  const unsigned version = cursor.u8(), count = cursor.u8();
  if (version != 1 && version != 2)
    malformed("has filters of version ", version, ", which ktrain does not read");
  if (version == 1) cursor.skip(6);
  std::vector<H5Filter> filters;
  for (unsigned i = 0; i < count; ++i) filters.push_back(parse_filter(cursor, version));
  if (count > kLongestChain || std::ranges::count(filters, H5Filter::kDeflate) > 1) {
    malformed("has a chain of ", count, " filters, more than ktrain reads");
  }
  return filters;
}

std::vector<std::byte> decode_chunk(std::span<const H5Filter> filters, std::uint32_t skipped,
                                    std::span<const std::byte> stored, std::uint64_t chunk_bytes,
                                    std::size_t element_bytes) {
  std::vector<std::byte> bytes(stored.begin(), stored.end());
  for (std::size_t i = filters.size(); i-- > 0;) {
    if ((skipped >> i & 1U) != 0) continue;
    if (filters[i] == H5Filter::kFletcher32) {
      check_fletcher(bytes);
    } else if (filters[i] == H5Filter::kShuffle) {
      bytes = unshuffled(bytes, element_bytes);
    } else {
      // Checksums that were taken before the chunk was deflated are inside.
      const auto inner = filters.first(i);
      std::uint64_t size = chunk_bytes;
      for (std::size_t j = 0; j < i; ++j) {
        if (inner[j] == H5Filter::kFletcher32 && (skipped >> j & 1U) == 0) size += kFletcherBytes;
      }
      bytes = inflate_exactly(bytes, DeflateWrapping::kZlib, size);
    }
  }
  if (bytes.size() != chunk_bytes) {
    malformed("is damaged: a chunk has ", bytes.size(), " bytes instead of ", chunk_bytes);
  }
  return bytes;
}

}  // namespace ktrain
