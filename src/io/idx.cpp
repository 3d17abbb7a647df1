#include "io/idx.h"

#include <array>
#include <iomanip>
#include <memory>
#include <optional>

#include "core/text.h"
#include "io/gzip.h"
#include "io/mapped_file.h"
#include "ktrain/core/buffer.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::size_t kMagicBytes = 4;

std::uint32_t big_endian_word(const std::byte* bytes) {
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return word;
}

std::optional<ElementFormat> format_of(std::uint32_t type) {
  switch (type) {
    case 0x08:
      return ElementFormat{'u', 1, true};
    case 0x09:
      return ElementFormat{'i', 1, true};
    case 0x0B:
      return ElementFormat{'i', 2, true};
    case 0x0C:
      return ElementFormat{'i', 4, true};
    case 0x0D:
      return ElementFormat{'f', 4, true};
    case 0x0E:
      return ElementFormat{'f', 8, true};
    default:
      return std::nullopt;
  }
}

struct Header {
  ElementFormat format;
  std::vector<std::int64_t> dims;
  std::size_t bytes = 0;     ///< of the header itself
  std::size_t promised = 0;  ///< of the elements
};

/// `start` holds the file's first bytes: the whole header unless the file ends within it.
Header parse_header(std::span<const std::byte> start, const std::string& name) {
  if (start.size() < kMagicBytes) {
    throw Error(ExitCode::kData, text(name, ": not an IDX file: only ", start.size(), " bytes"));
  }
  const std::uint32_t magic = big_endian_word(start.data());
  const auto format = format_of(magic >> 8);
  if (!format || (magic & 0xFF) == 0) {
    throw Error(ExitCode::kData, text(name, ": not an IDX file: wrong magic 0x", std::hex, std::setw(8),
                                      std::setfill('0'), magic));
  }
  Header header{*format, std::vector<std::int64_t>(magic & 0xFF), 0, 0};
  header.bytes = kMagicBytes * (1 + header.dims.size());
  if (start.size() < header.bytes) require_size(name, header.bytes, 0, start.size());
  for (std::size_t i = 0; i < header.dims.size(); ++i) {
    header.dims[i] = big_endian_word(start.data() + kMagicBytes * (1 + i));
  }
  header.promised = promised_bytes(name, header.format, header.dims);
  return header;
}

StoredArray open_plain(const std::shared_ptr<const MappedFile>& file) {
  const Header header = parse_header(file->bytes(), file->path());
  require_size(file->path(), header.bytes, header.promised, file->bytes().size());
  return {file->path(), header.format, header.dims, file->bytes().subspan(header.bytes), file};
}

StoredArray open_gzipped(const MappedFile& file) {
  GzipReader reader(file.bytes(), file.path());
  std::array<std::byte, kMagicBytes * 256> start;
  const auto magic = std::span(start).first(reader.read(std::span(start).first(kMagicBytes)));
  const std::size_t rank = magic.size() < kMagicBytes ? 0 : std::to_integer<std::size_t>(magic[3]);
  const std::size_t sizes = reader.read(std::span(start).subspan(kMagicBytes, kMagicBytes * rank));
  const Header header = parse_header(std::span(start).first(magic.size() + sizes), file.path());
  if (header.promised > reader.max_bytes()) {
    throw Error(ExitCode::kData,
                text(file.path(), ": truncated: the header says ", header.bytes + header.promised,
                     " bytes, more than ", file.bytes().size(), " gzipped bytes can hold"));
  }
  auto memory = std::make_shared<Buffer>(header.promised);
  const std::span elements(memory->data<std::byte>(), header.promised);
  const std::size_t actual = header.bytes + reader.read(elements);
  std::byte beyond;  // reading past the end also makes zlib compare the checksum
  require_size(file.path(), header.bytes, header.promised, actual + reader.read({&beyond, 1}));
  return {file.path(), header.format, header.dims, elements, memory};
}

}  // namespace

StoredArray open_idx(const std::string& path) {
  const auto file = std::make_shared<MappedFile>(path);
  return GzipReader::recognizes(file->bytes()) ? open_gzipped(*file) : open_plain(file);
}

}  // namespace ktrain
