#include "io/hdf5/superblock.h"

#include "io/hdf5/checksum.h"

namespace ktrain {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n"sv;
constexpr std::size_t kFirstUserBlock = 512;

std::size_t find_superblock(std::span<const std::byte> file) {
  for (std::size_t at = 0; at + kSignature.size() <= file.size(); at = at == 0 ? kFirstUserBlock : 2 * at) {
    if (ByteCursor(file, at).characters(kSignature.size()) == kSignature) return at;
  }
  malformed("is not an HDF5 file, or a damaged one");
}

/// The widths of addresses and lengths, which the rest of the superblock is written in.
H5Cursor take_widths(H5Cursor cursor, H5Image& image) {
  image.address_bytes = cursor.u8();
  image.length_bytes = cursor.u8();
  for (const std::size_t width : {image.address_bytes, image.length_bytes}) {
    if (width != 2 && width != 4 && width != 8) malformed("is damaged: its addresses have ", width, " bytes");
  }
  return image.cursor(cursor.rest());
}

/// Reads on behind the widths in versions 0 and 1.
std::uint64_t read_old(H5Cursor cursor, H5Image& image, unsigned version) {
  cursor.skip(4);  // three versions and a zero
  cursor = take_widths(cursor, image);
  cursor.skip(1 + 2 + 2 + 4);                   // nodes' sizes, flags
  if (version == 1) cursor.skip(2 + 2);         // chunk nodes' size
  const std::uint64_t base = cursor.address();  // where the superblock was once
  cursor.skip(image.address_bytes);
  const std::uint64_t end = cursor.address();
  cursor.skip(image.address_bytes + image.address_bytes);  // driver; the root entry's name
  image.root = cursor.address();
  return base == kH5Undefined || end < base ? kH5Undefined : end - base;
}

std::uint64_t read_new(H5Cursor cursor, H5Image& image) {
  cursor = take_widths(cursor, image);
  cursor.skip(1);  // flags
  const std::uint64_t base = cursor.address();
  cursor.skip(image.address_bytes);
  const std::uint64_t end = cursor.address();
  image.root = cursor.address();
  require_h5_checksum(image.bytes.first(image.bytes.size() - cursor.remaining() + 4));
  return base == kH5Undefined || end < base ? kH5Undefined : end - base;
}

}  // namespace

H5Image open_h5_image(std::span<const std::byte> file) {
  H5Image image;
  image.bytes = file.subspan(find_superblock(file));
  H5Cursor cursor = image.at(kSignature.size());
  const unsigned version = cursor.u8();
  if (version > 3) malformed("has a superblock of version ", version, ", which ktrain does not read");
  const std::uint64_t size = version < 2 ? read_old(cursor, image, version) : read_new(cursor, image);
  if (size > image.bytes.size()) {
    malformed("is not a whole HDF5 file, or a damaged one: it says ", size, " bytes and has ",
              image.bytes.size());
  }
  return image;
}

}  // namespace ktrain
