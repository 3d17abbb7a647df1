#include <zlib.h>

#include <string_view>
#include <unordered_map>

#include "core/text.h"
#include "io/byte_cursor.h"
#include "io/inflate.h"
#include "io/mapped_file.h"
#include "io/zip.h"
#include "io/zip_directory.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::uint16_t kEncrypted = 1;

std::string method_name(std::uint16_t method) {
  switch (method) {
    case 9:
      return "deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "lzma";
    case 93:
      return "zstandard";
    case 95:
      return "xz";
    default:
      return text("number ", method);
  }
}

void require_readable(const ZipEntry& entry, std::uint64_t limit) {
  if ((entry.flags & kEncrypted) != 0) malformed("is encrypted");
  if (entry.method != kZipStored && entry.method != kZipDeflated) {
    malformed("is packed by a method that ktrain does not read: ", method_name(entry.method));
  }
  if (entry.size > limit) malformed("would take ", entry.size, " bytes, more than the ", limit, " allowed");
  const bool stored = entry.method == kZipStored;
  if (stored ? entry.size != entry.packed : entry.size > most_inflated(entry.packed)) {
    malformed("is damaged or a bomb: ", entry.size, " bytes cannot lie in ", entry.packed);
  }
}

/// `mapped` may be null.
void require_checksum(const ZipEntry& entry, std::span<const std::byte> bytes, const MappedFile* mapped) {
  uLong crc = 0;
  for_each_piece(mapped, bytes, [&](std::span<const std::byte> piece) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
  });
  if (crc != entry.crc) malformed("is damaged: its checksum does not match");
}

}  // namespace

struct ZipReader::File {
  std::string name;
  std::shared_ptr<const MappedFile> mapped;
  std::vector<ZipEntry> entries;
  std::unordered_map<std::string_view, const ZipEntry*> by_name;

  void open(std::span<const std::byte> bytes) {
    try {
      entries = read_zip_directory(bytes);
    } catch (const FormatError& error) {
      throw Error(ExitCode::kData, text(name, ": the file ", error.what()));
    }
    for (const ZipEntry& entry : entries) by_name.emplace(entry.name, &entry);
  }

  const ZipEntry* find(const std::string& member) const {
    const auto found = by_name.find(member);
    return found == by_name.end() ? nullptr : found->second;
  }

  /// What `action` makes of the entry; its errors name file and member.
  template <typename Action>
  auto with(const std::string& member, const Action& action) const {
    try {
      const ZipEntry* entry = find(member);
      if (entry == nullptr) malformed("is missing");
      return action(*entry);
    } catch (const FormatError& error) {
      throw Error(ExitCode::kData, text(name, ": member '", member, "' ", error.what()));
    }
  }
};

ZipReader::ZipReader(const std::string& file)
    : file_(new File{file, std::make_shared<const MappedFile>(file), {}, {}}) {
  file_->open(file_->mapped->bytes());
}

ZipReader::ZipReader(const std::string& file, std::span<const std::byte> bytes)
    : file_(new File{file, nullptr, {}, {}}) {
  file_->open(bytes);
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::string& ZipReader::file() const {
  return file_->name;
}

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> names;
  for (const ZipEntry& entry : file_->entries) names.push_back(entry.name);
  return names;
}

bool ZipReader::has(const std::string& name) const {
  return file_->find(name) != nullptr;
}

std::vector<std::byte> ZipReader::read(const std::string& name, std::uint64_t limit) const {
  return file_->with(name, [&](const ZipEntry& entry) {
    require_readable(entry, limit);
    std::vector<std::byte> bytes = entry.method == kZipStored
                                       ? std::vector<std::byte>(entry.data.begin(), entry.data.end())
                                       : inflate_exactly(entry.data, DeflateWrapping::kRaw, entry.size);
    require_checksum(entry, bytes, nullptr);
    return bytes;
  });
}

std::optional<std::span<const std::byte>> ZipReader::stored(const std::string& name) const {
  return file_->with(name, [](const ZipEntry& entry) -> std::optional<std::span<const std::byte>> {
    require_readable(entry, std::numeric_limits<std::uint64_t>::max());
    if (entry.method != kZipStored) return std::nullopt;
    return entry.data;
  });
}

void ZipReader::check(const std::string& name) const {
  file_->with(name, [this](const ZipEntry& entry) {
    if (entry.method == kZipStored) require_checksum(entry, entry.data, file_->mapped.get());
  });
}

std::shared_ptr<const MappedFile> ZipReader::owner() const {
  return file_->mapped;
}

}  // namespace ktrain
