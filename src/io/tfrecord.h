#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ktrain {

/// Where a record's data lie in their file.
struct RecordPlace {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
};

/// Finds the records of a TFRecord file: one after the other length (8 bytes), masked CRC-32C of the length
/// (4), data, masked CRC-32C of the data (4), all little endian; masked is ((c >> 15 | c << 17) +
/// 0xA282EAD8). Reads and checks the lengths alone, so that indexing touches little of a large file. Throws
/// Error{kData} naming `name` and the record for a file that is cut, damaged or compressed.
std::vector<RecordPlace> index_tfrecords(std::span<const std::byte> file, const std::string& name);

/// A record's data, once its checksum is right; Error{kData} otherwise. `record` is its number, for the
/// message.
std::span<const std::byte> tfrecord_data(std::span<const std::byte> file, const RecordPlace& place,
                                         const std::string& name, std::size_t record);

}  // namespace ktrain
