#include "io/zip_directory.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "io/byte_cursor.h"

namespace ktrain {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kLongestComment = 0xFFFF;
constexpr std::uint16_t kNarrow16 = 0xFFFF;  // "see the zip64 record"
constexpr std::uint32_t kNarrow32 = 0xFFFFFFFF;

/// Where the directory lies.
struct Extent {
  std::uint64_t entries;
  std::uint64_t offset;
  std::uint64_t bytes;
};

/// The end record is the file's last, but for a comment.
std::size_t find_end(std::span<const std::byte> file) {
  for (std::size_t comment = 0; comment <= kLongestComment && comment + kEndBytes <= file.size(); ++comment) {
    const std::size_t at = file.size() - kEndBytes - comment;
    if (ByteCursor(file, at).u32() == kZipEnd && ByteCursor(file, at + 20).u16() == comment) return at;
  }
  malformed("is not a zip file, or a truncated one: its directory is missing");
}

/// The zip64 record that a locator before `end` leads to.
std::optional<Extent> zip64_extent(std::span<const std::byte> file, std::size_t end) {
  if (end < kLocatorBytes) return std::nullopt;
  ByteCursor locator(file, end - kLocatorBytes);
  if (locator.u32() != kZip64Locator) return std::nullopt;
  locator.skip(4);
  ByteCursor record(file, locator.u64());
  if (record.u32() != kZip64End) malformed("is damaged: its zip64 record is missing");
  record.skip(8 + 2 + 2);
  const std::uint32_t disk = record.u32(), directory_disk = record.u32();
  const std::uint64_t entries_here = record.u64(), entries = record.u64();
  if (disk != 0 || directory_disk != 0 || entries_here != entries) malformed("lies on several disks");
  const std::uint64_t bytes = record.u64();
  return Extent{entries, record.u64(), bytes};
}

Extent find_directory(std::span<const std::byte> file) {
  const std::size_t end = find_end(file);
  ByteCursor record(file, end + 4);
  const std::uint16_t disk = record.u16(), directory_disk = record.u16();
  const std::uint16_t entries_here = record.u16(), entries = record.u16();
  const std::uint32_t bytes = record.u32(), offset = record.u32();
  if (entries == kNarrow16 || bytes == kNarrow32 || offset == kNarrow32) {
    if (const auto wide = zip64_extent(file, end)) return *wide;
  }
  if (disk != 0 || directory_disk != 0 || entries_here != entries) malformed("lies on several disks");
  return {entries, offset, bytes};
}

/// Replaces what the entry says is in its zip64 field.
void widen(ZipEntry& entry, std::span<const std::byte> extra) {
  ByteCursor fields(extra);
  while (fields.remaining() >= 4) {
    const std::uint16_t id = fields.u16();
    ByteCursor field(fields.take(fields.u16()));
    if (id != kZip64Extra) continue;
    for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.header}) {
      if (*value == kNarrow32) *value = field.u64();
    }
  }
}

ZipEntry read_entry(ByteCursor& directory) {
  if (directory.u32() != kZipDirectoryEntry) malformed("is damaged: its directory is no directory");
  directory.skip(4);  // versions
  ZipEntry entry;
  entry.flags = directory.u16();
  entry.method = directory.u16();
  directory.skip(4);  // time
  entry.crc = directory.u32();
  entry.packed = directory.u32();
  entry.size = directory.u32();
  const std::uint16_t name = directory.u16(), extra = directory.u16(), comment = directory.u16();
  directory.skip(2 + 2 + 4);  // disk, attributes
  entry.header = directory.u32();
  entry.name = directory.characters(name);
  widen(entry, directory.take(extra));
  directory.skip(comment);
  return entry;
}

bool leads_out(std::string_view name) {
  const bool strange = name.find('\\') != std::string_view::npos || name.find('\0') != std::string_view::npos;
  if (name.empty() || name.front() == '/' || name.substr(1, 1) == ":" || strange) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

/// Finds the member's data behind its own header, which must tell the same story as the directory.
void locate(ZipEntry& entry, std::span<const std::byte> file) {
  ByteCursor local(file, entry.header);
  if (local.u32() != kZipLocalHeader) malformed("has no header for the member '", entry.name, "'");
  local.skip(2 + 2);  // version, flags
  const std::uint16_t method = local.u16();
  local.skip(4 + 4 + 4 + 4);  // time, checksum and sizes, which may follow the data instead
  const std::uint16_t name = local.u16(), extra = local.u16();
  if (local.characters(name) != entry.name || method != entry.method) {
    malformed("tells two stories of the member '", entry.name, "'");
  }
  local.skip(extra);
  entry.data = local.take(entry.packed);
}

std::uint64_t end_of(const ZipEntry& entry, std::span<const std::byte> file) {
  return static_cast<std::uint64_t>(entry.data.data() - file.data()) + entry.data.size();
}

void require_apart(const std::vector<ZipEntry>& entries, std::uint64_t directory,
                   std::span<const std::byte> file) {
  std::vector<const ZipEntry*> in_order;
  for (const ZipEntry& entry : entries) in_order.push_back(&entry);
  std::ranges::sort(in_order, {}, &ZipEntry::header);
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    const std::uint64_t next = i + 1 < in_order.size() ? in_order[i + 1]->header : directory;
    if (end_of(*in_order[i], file) > next) {
      malformed("has a member '", in_order[i]->name, "' that overlaps what follows it");
    }
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> file) {
  const Extent extent = find_directory(file);
  ByteCursor directory(ByteCursor(file, extent.offset).take(extent.bytes));
  std::vector<ZipEntry> entries;
  std::set<std::string_view> names;
  while (directory.remaining() > 0) {
    entries.push_back(read_entry(directory));
    const std::string& name = entries.back().name;
    if (leads_out(name)) malformed("has a member whose name leads out of a folder: '", name, "'");
    locate(entries.back(), file);
  }
  if (entries.size() != extent.entries) malformed("is damaged: its directory has another length");
  for (const ZipEntry& entry : entries) {
    if (!names.insert(entry.name).second) malformed("has two members '", entry.name, "'");
  }
  require_apart(entries, extent.offset, file);
  return entries;
}

}  // namespace ktrain
