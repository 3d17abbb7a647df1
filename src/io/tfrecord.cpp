#include "io/tfrecord.h"

#include "core/text.h"
#include "io/crc32c.h"
#include "io/gzip.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kHeaderBytes = kLengthBytes + kChecksumBytes;

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

bool has_checksum(std::span<const std::byte> bytes, std::span<const std::byte> checksum) {
  const std::uint32_t crc = crc32c(bytes);
  return static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xA282EAD8U) == little_endian(checksum);
}

[[noreturn]] void refuse(const std::string& name, std::size_t record, const std::string& why) {
  throw Error(ExitCode::kData, text(name, ": record ", record, ": ", why));
}

}  // namespace

std::vector<RecordPlace> index_tfrecords(std::span<const std::byte> file, const std::string& name) {
  if (GzipReader::recognizes(file)) {
    throw Error(ExitCode::kData,
                text(name, ": compressed TFRecord files are not supported; unpack it first"));
  }
  std::vector<RecordPlace> places;
  std::size_t at = 0;
  while (at < file.size()) {
    const std::size_t record = places.size(), left = file.size() - at;
    if (left < kHeaderBytes) refuse(name, record, "truncated: the file ends within its length");
    const auto length = file.subspan(at, kLengthBytes);
    if (!has_checksum(length, file.subspan(at + kLengthBytes, kChecksumBytes))) {
      refuse(name, record, "damaged or no TFRecord file: the length's checksum is wrong");
    }
    const std::uint64_t bytes = little_endian(length);
    if (left - kHeaderBytes < kChecksumBytes || bytes > left - kHeaderBytes - kChecksumBytes) {
      refuse(name, record,
             text("truncated: ", bytes, " bytes of data and a checksum do not fit the last ",
                  left - kHeaderBytes));
    }
    places.push_back({at + kHeaderBytes, bytes});
    at += kHeaderBytes + bytes + kChecksumBytes;
  }
  return places;
}

std::span<const std::byte> tfrecord_data(std::span<const std::byte> file, const RecordPlace& place,
                                         const std::string& name, std::size_t record) {
  const auto data = file.subspan(place.begin, place.bytes);
  if (!has_checksum(data, file.subspan(place.begin + place.bytes, kChecksumBytes))) {
    refuse(name, record, "damaged: its checksum is wrong");
  }
  return data;
}

}  // namespace ktrain
