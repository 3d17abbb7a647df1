#include "io/hdf5/attribute.h"

#include <algorithm>

#include "io/hdf5/btree.h"
#include "io/hdf5/fractal_heap.h"

namespace ktrain {
namespace {

constexpr unsigned kAttributeNameRecords = 8;  // the kind of version 2 tree

class Parser {
 public:
  Parser(const H5Image& image, std::span<const std::byte> message)
      : image_(image), cursor_(image.cursor(message)), version_(cursor_.u8()) {
    if (version_ < 1 || version_ > 3) {
      malformed("has an attribute of version ", version_, ", which ktrain does not read");
    }
    flags_ = cursor_.u8();
    name_bytes_ = cursor_.u16();
    type_bytes_ = cursor_.u16();
    space_bytes_ = cursor_.u16();
    if (version_ == 3) cursor_.skip(1);  // the name's character set
    const std::string_view padded = cursor_.characters(padded_size(name_bytes_));
    name_ = padded.substr(0, padded.find('\0'));
  }

  std::string_view name() const { return name_; }

  H5Attribute parse() {
    H5Attribute attribute;
    const unsigned shared = version_ == 1 ? 0 : flags_;
    attribute.type =
        parse_datatype(image_.cursor(part(H5MessageType::kDatatype, (shared & 1U) != 0, type_bytes_)));
    attribute.space =
        parse_dataspace(image_.cursor(part(H5MessageType::kDataspace, (shared & 2U) != 0, space_bytes_)));
    attribute.data = cursor_.rest();
    if (attribute.space.elements() > attribute.data.size() / attribute.type.bytes) {
      malformed("is damaged: the attribute '", name_, "' ends early");
    }
    return attribute;
  }

 private:
  std::size_t padded_size(std::size_t bytes) const { return version_ == 1 ? (bytes + 7) / 8 * 8 : bytes; }
  std::span<const std::byte> part(H5MessageType type, bool shared, std::size_t bytes) {
    return resolve_message(image_, type, shared, cursor_.take(padded_size(bytes)));
  }

  const H5Image& image_;
  H5Cursor cursor_;
  unsigned version_;
  unsigned flags_ = 0;
  std::size_t name_bytes_ = 0, type_bytes_ = 0, space_bytes_ = 0;
  std::string_view name_;
};

/// The attributes that an attribute info message says are in a fractal heap.
std::optional<H5Attribute> find_dense(const H5Image& image, std::span<const std::byte> message,
                                      std::string_view name) {
  H5Cursor cursor = image.cursor(message);
  cursor.expect_version(0, "a table of attributes");
  if ((cursor.u8() & 1U) != 0) cursor.skip(2);  // the next attribute's number
  const std::uint64_t heap_address = cursor.address(), tree = cursor.address();
  if (heap_address == kH5Undefined) return std::nullopt;
  H5FractalHeap heap(image, heap_address);
  for (const auto record : read_btree_v2(image, tree, kAttributeNameRecords)) {
    constexpr unsigned kShared = 2;
    ByteCursor fields(record);
    const auto id = fields.take(heap.id_bytes());
    if ((fields.u8() & kShared) != 0)
      malformed("keeps attributes in a shared heap, which ktrain does not read");
    Parser parser(image, heap.object(id));
    if (parser.name() == name) return parser.parse();
  }
  return std::nullopt;
}

}  // namespace

std::optional<H5Attribute> find_attribute(const H5Image& image, const H5ObjectHeader& header,
                                          std::string_view name) {
  for (const H5Message& message : header.messages) {
    if (message.type != H5MessageType::kAttribute) continue;
    Parser parser(image, resolve_message(image, message.type, message.shared, message.body));
    if (parser.name() == name) return parser.parse();
  }
  const H5Message* dense = header.find(H5MessageType::kAttributeInfo);
  return dense == nullptr ? std::nullopt : find_dense(image, dense->body, name);
}

}  // namespace ktrain
