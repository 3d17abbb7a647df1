#include <zlib.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "io/zip.h"
#include "io/zip_directory.h"

namespace ktrain {
namespace {

constexpr std::uint64_t kNarrow32 = 0xFFFFFFFF;
constexpr std::uint16_t kVersion = 20, kVersionZip64 = 45;
constexpr std::uint16_t kUtf8Names = 0x800;
constexpr std::uint32_t kMidnight1980 = 0x00210000;  // the first moment that DOS knows
constexpr std::uint16_t kUnix = 3 << 8;
constexpr std::uint32_t kRegularFile0600 = 0100600U << 16;

/// Appends little-endian numbers.
class Out {
 public:
  explicit Out(std::vector<std::byte>& bytes) : bytes_(bytes) {}
  Out& u16(std::uint64_t value) { return number(value, 2); }
  Out& u32(std::uint64_t value) { return number(value, 4); }
  Out& u64(std::uint64_t value) { return number(value, 8); }
  Out& append(std::span<const std::byte> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }

 private:
  Out& number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<std::byte>(value >> 8 * i & 0xFF));
    return *this;
  }
  std::vector<std::byte>& bytes_;
};

/// What local header and directory entry have in common, from the needed version to the length of the name.
void write_common(Out out, std::uint32_t crc, std::uint64_t size, std::size_t name, bool wide) {
  out.u16(wide ? kVersionZip64 : kVersion).u16(kUtf8Names).u16(kZipStored).u32(kMidnight1980).u32(crc);
  const std::uint64_t narrow = wide ? kNarrow32 : size;
  out.u32(narrow).u32(narrow).u16(name);
}

}  // namespace

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  KTRAIN_CHECK(std::ranges::find(members_, name, &Member::name) == members_.end(), name);
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  members_.push_back({name, static_cast<std::uint32_t>(crc), bytes.size(), bytes_.size()});
  const bool wide = bytes.size() >= kNarrow32;
  Out out(bytes_);
  out.u32(kZipLocalHeader);
  write_common(out, members_.back().crc, bytes.size(), name.size(), wide);
  out.u16(wide ? 20 : 0).append(std::as_bytes(std::span(name)));
  if (wide) out.u16(kZip64Extra).u16(16).u64(bytes.size()).u64(bytes.size());
  out.append(bytes);
}

void ZipWriter::write_entry(const Member& member) {
  const bool wide = member.size >= kNarrow32 || member.header >= kNarrow32;
  Out out(bytes_);
  out.u32(kZipDirectoryEntry).u16(kUnix | kVersionZip64);
  write_common(out, member.crc, member.size, member.name.size(), wide);
  out.u16(wide ? 28 : 0).u16(0).u16(0).u16(0).u32(kRegularFile0600).u32(wide ? kNarrow32 : member.header);
  out.append(std::as_bytes(std::span(member.name)));
  if (wide) out.u16(kZip64Extra).u16(24).u64(member.size).u64(member.size).u64(member.header);
}

std::vector<std::byte> ZipWriter::image() {
  const std::uint64_t directory = bytes_.size();
  for (const Member& member : members_) write_entry(member);
  const std::uint64_t end = bytes_.size(), size = end - directory, count = members_.size();
  const bool wide = end >= kNarrow32 || count >= 0xFFFF;
  Out out(bytes_);
  if (wide) {
    out.u32(kZip64End).u64(44).u16(kUnix | kVersionZip64).u16(kVersionZip64).u32(0).u32(0);
    out.u64(count).u64(count).u64(size).u64(directory);
    out.u32(kZip64Locator).u32(0).u64(end).u32(1);
  }
  const std::uint64_t narrow_count = wide ? 0xFFFF : count;
  out.u32(kZipEnd).u16(0).u16(0).u16(narrow_count).u16(narrow_count);
  out.u32(wide ? kNarrow32 : size).u32(wide ? kNarrow32 : directory).u16(0);
  return std::move(bytes_);
}

}  // namespace ktrain
