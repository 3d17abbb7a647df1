#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ktrain {

// Marks and numbers of PKWARE's APPNOTE.TXT 6.3.
inline constexpr std::uint32_t kZipLocalHeader = 0x04034B50;
inline constexpr std::uint32_t kZipDirectoryEntry = 0x02014B50;
inline constexpr std::uint32_t kZipEnd = 0x06054B50;
inline constexpr std::uint32_t kZip64End = 0x06064B50;
inline constexpr std::uint32_t kZip64Locator = 0x07064B50;
inline constexpr std::uint16_t kZip64Extra = 1;
inline constexpr std::uint16_t kZipStored = 0;
inline constexpr std::uint16_t kZipDeflated = 8;

/// A member as a zip file's directory lists it.
struct ZipEntry {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = kZipStored;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;  ///< bytes in the file
  std::uint64_t size = 0;    ///< bytes once unpacked
  std::uint64_t header = 0;  ///< where its local header lies
  std::span<const std::byte> data;
};

/// The members in the directory's order, zip64 included. Throws FormatError for a file that is no zip, lies
/// on several disks, has members of one name, members that overlap or whose own header disagrees with the
/// directory, or names that lead out of a folder: absolute, with "..", a backslash, a drive or a zero byte.
std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> file);

}  // namespace ktrain
