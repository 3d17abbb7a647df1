#include "checkpoint/checkpoint.h"

#include <charconv>
#include <cstring>

#include "core/digest.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "io/mapped_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

// HDF5 looks for its own beginning at 0, 512, 1024, …
constexpr std::size_t kHeaderBytes = 512;
constexpr std::string_view kMagic = "ktrain checkpoint, format ";
constexpr int kFormat = 1;

/// `mapped` is the file that holds the image, or null.
std::string header_of(std::span<const std::byte> image, const MappedFile* mapped = nullptr) {
  Digest digest;
  for_each_piece(mapped, image,
                 [&](std::span<const std::byte> piece) { digest.add(piece.data(), piece.size()); });
  std::string header = text(kMagic, kFormat, ", ", image.size(), " bytes, XXH3 ", hex(digest.value()), "\n");
  header.resize(kHeaderBytes, '\0');
  return header;
}

std::string_view characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The number that follows `before` in the header's line; -1 where there is none.
std::int64_t number_after(std::string_view header, std::string_view before) {
  const std::size_t at = header.find(before);
  if (at == std::string_view::npos) return -1;
  std::int64_t value = -1;
  const std::string_view digits = header.substr(at + before.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// The HDF5 image within a checkpoint's bytes, checked against the header.
std::span<const std::byte> checked_image(const std::string& file, std::span<const std::byte> bytes,
                                         const MappedFile* mapped) {
  const auto fail = [&](const std::string& what) -> Error {
    return {ExitCode::kData, text(file, ": ", what)};
  };
  if (bytes.size() < kMagic.size() || !characters(bytes).starts_with(kMagic))
    throw fail("not a ktrain checkpoint");
  if (bytes.size() < kHeaderBytes) throw fail(text("truncated checkpoint of ", bytes.size(), " bytes"));
  const std::string_view header = characters(bytes.first(kHeaderBytes));
  const std::span<const std::byte> image = bytes.subspan(kHeaderBytes);
  if (header == header_of(image, mapped)) return image;
  const std::int64_t format = number_after(header, kMagic);
  const std::int64_t size = number_after(header, text(kMagic, kFormat, ", "));
  if (size >= 0 && static_cast<std::uint64_t>(size) > image.size()) {
    throw fail(text("truncated checkpoint: ", image.size(), " of ", size, " bytes are there"));
  }
  if (format != kFormat && format >= 0)
    throw fail(text("checkpoint of format ", format, "; this program reads ", kFormat));
  throw fail("damaged checkpoint: its checksum does not match");
}

}  // namespace

bool looks_like_checkpoint(const std::string& file) {
  return characters(read_prefix(file, kMagic.size())) == kMagic;
}

CheckpointWriter::CheckpointWriter() : image_("checkpoint") {}

void CheckpointWriter::array(std::string_view name, void* data, DType dtype,
                             std::span<const std::int64_t> dims) {
  image_.write(std::string(name), data, dtype, dims);
}

void CheckpointWriter::integer(std::string_view name, std::int64_t& value) {
  array(name, &value, DType::kInt64, {});
}

void CheckpointWriter::number(std::string_view name, double& value) {
  array(name, &value, DType::kFloat64, {});
}

void CheckpointWriter::string(std::string_view name, std::string& value) {
  image_.write_string(std::string(name), value);
}

std::vector<std::byte> CheckpointWriter::bytes() {
  std::vector<std::byte> bytes = image_.image(kHeaderBytes);
  const std::string header = header_of(std::span(bytes).subspan(kHeaderBytes));
  std::memcpy(bytes.data(), header.data(), header.size());
  return bytes;
}

CheckpointReader::CheckpointReader(const std::string& file)
    : CheckpointReader(std::make_shared<const MappedFile>(file)) {}

CheckpointReader::CheckpointReader(const std::shared_ptr<const MappedFile>& file)
    : image_(file->path(), checked_image(file->path(), file->bytes(), file.get()), file) {}

CheckpointReader::CheckpointReader(const std::string& file, std::span<const std::byte> bytes)
    : image_(file, checked_image(file, bytes, nullptr), nullptr) {}

void CheckpointReader::array(std::string_view name, void* data, DType dtype,
                             std::span<const std::int64_t> dims) {
  const std::string field = visit(name);
  const DType stored = image_.info(field).dtype;
  if (stored != dtype) {
    throw Error(ExitCode::kData,
                text(image_.file(), ": field '", field, "' is ", name_of(stored), ", not ", name_of(dtype)));
  }
  image_.read(field, data, dtype, dims);
}

void CheckpointReader::integer(std::string_view name, std::int64_t& value) {
  array(name, &value, DType::kInt64, {});
}

void CheckpointReader::number(std::string_view name, double& value) {
  array(name, &value, DType::kFloat64, {});
}

void CheckpointReader::string(std::string_view name, std::string& value) {
  const std::string field = visit(name);
  const std::vector<std::string> strings = image_.read_strings(field);
  if (strings.size() != 1)
    throw Error(ExitCode::kData, text(image_.file(), ": field '", field, "' is not one string"));
  value = strings.front();
}

std::string CheckpointReader::visit(std::string_view name) {
  std::string field(name);
  if (!image_.exists(field)) {
    throw Error(ExitCode::kData,
                text(image_.file(), ": has no field '", field, "': a checkpoint of another model or run"));
  }
  visited_.insert(field);
  return field;
}

void CheckpointReader::finish() const {
  const std::string left = first_unvisited("");
  if (!left.empty()) {
    throw Error(ExitCode::kData, text(image_.file(), ": has the field '", left,
                                      "', which this run does not: a checkpoint of another model or run"));
  }
}

std::string CheckpointReader::first_unvisited(const std::string& group) const {
  for (const std::string& member : image_.list(group)) {
    const std::string path = group.empty() ? member : group + "/" + member;
    const std::string left = image_.is_group(path)     ? first_unvisited(path)
                             : visited_.contains(path) ? ""
                                                       : path;
    if (!left.empty()) return left;
  }
  return "";
}

}  // namespace ktrain
