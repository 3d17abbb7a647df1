#pragma once

#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// The messages of an object header that ktrain reads, by their numbers in the file format.
enum class H5MessageType : std::uint16_t {
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kOldFillValue = 0x04,
  kFillValue = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

struct H5Message {
  H5MessageType type;
  bool shared;  ///< the body says where the message is
  std::span<const std::byte> body;
};

/// An object's header, all its blocks: groups, datasets and committed types have one each.
struct H5ObjectHeader {
  std::vector<H5Message> messages;
  /// The first message of a type; null where there is none.
  const H5Message* find(H5MessageType type) const;
};

/// Reads a header of version 1 or 2, checksums checked. Throws FormatError.
H5ObjectHeader read_object_header(const H5Image& image, std::uint64_t address);

/// A message's body: its own, or, where it is shared, that of the committed object it names. Throws
/// FormatError for messages in a shared heap.
std::span<const std::byte> resolve_message(const H5Image& image, H5MessageType type, bool shared,
                                           std::span<const std::byte> body);

}  // namespace ktrain
