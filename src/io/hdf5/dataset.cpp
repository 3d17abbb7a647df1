#include "io/hdf5/dataset.h"

#include <array>

#include "io/hdf5/attribute.h"
#include "io/hdf5/global_heap.h"

namespace ktrain {
namespace {

H5Cursor message_of(const H5Image& image, const H5ObjectHeader& header, H5MessageType type) {
  const H5Message* message = header.find(type);
  if (message == nullptr)
    malformed("is damaged: its header lacks a message of type ", static_cast<int>(type));
  return image.cursor(resolve_message(image, type, message->shared, message->body));
}

std::span<const std::byte> parse_fill(H5Cursor cursor) {
  constexpr unsigned kDefined = 0x20;
  const unsigned version = cursor.u8();
  if (version < 1 || version > 3)
    malformed("has a fill value of version ", version, ", which ktrain does not read");
  if (version == 3) {
    if ((cursor.u8() & kDefined) == 0) return {};
  } else {
    cursor.skip(2);  // when space is taken and filled
    if (cursor.u8() == 0 && version == 2) return {};
  }
  return cursor.take(cursor.u32());
}

std::span<const std::byte> fill_of(const H5Image& image, const H5ObjectHeader& header, const H5Type& type) {
  std::span<const std::byte> fill;
  if (const H5Message* message = header.find(H5MessageType::kFillValue);
      message != nullptr && !message->shared) {
    fill = parse_fill(image.cursor(message->body));
  } else if (const H5Message* old = header.find(H5MessageType::kOldFillValue);
             old != nullptr && !old->shared) {
    H5Cursor cursor = image.cursor(old->body);
    fill = cursor.take(cursor.u32());
  }
  if (!fill.empty() && fill.size() != type.bytes)
    malformed("is damaged: a fill value of ", fill.size(), " bytes");
  return fill;
}

/// Keras stores bfloat16 as what NumPy makes of it, two opaque bytes, and says so beside them.
bool is_marked_bfloat16(const H5Image& image, const H5ObjectHeader& header) {
  const auto mark = find_attribute(image, header, "dtype");
  if (!mark || !mark->type.is_string() || mark->space.elements() != 1) return false;
  return read_strings(image, mark->type, mark->space, mark->data).front() == "bfloat16";
}

std::string without_padding(std::string_view padded, char padding) {
  return std::string(padded.substr(0, padded.find_last_not_of(padding) + 1));
}

}  // namespace

std::uint64_t H5Dataset::bytes() const {
  return h5_product(std::array<std::uint64_t, 2>{space.elements(), type.bytes});
}

bool is_dataset_header(const H5ObjectHeader& header) {
  return header.find(H5MessageType::kDataspace) != nullptr && header.find(H5MessageType::kLayout) != nullptr;
}

H5Dataset parse_dataset(const H5Image& image, const H5ObjectHeader& header) {
  if (header.find(H5MessageType::kExternalFiles) != nullptr) {
    malformed("keeps its values in another file (external storage)");
  }
  H5Dataset dataset;
  dataset.type = parse_datatype(message_of(image, header, H5MessageType::kDatatype));
  if (dataset.type.other == "opaque" && dataset.type.bytes == 2 && is_marked_bfloat16(image, header)) {
    dataset.type.kind = H5Type::Kind::kBfloat16;
  }
  dataset.space = parse_dataspace(message_of(image, header, H5MessageType::kDataspace));
  dataset.layout = parse_layout(message_of(image, header, H5MessageType::kLayout));
  if (header.find(H5MessageType::kFilters) != nullptr) {
    dataset.filters = parse_filters(message_of(image, header, H5MessageType::kFilters));
  }
  dataset.fill = fill_of(image, header, dataset.type);
  const H5Layout& layout = dataset.layout;
  const bool chunked = layout.kind == H5Layout::Kind::kChunked;
  if (chunked &&
      (layout.chunk.size() != dataset.space.dims.size() || layout.element_bytes != dataset.type.bytes)) {
    malformed("is damaged: its chunks are not of its shape and type");
  }
  if (!chunked && !dataset.filters.empty()) malformed("is damaged: it has filters but no chunks");
  return dataset;
}

std::vector<std::string> read_strings(const H5Image& image, const H5Type& type, const H5Space& space,
                                      std::span<const std::byte> bytes) {
  std::vector<std::string> strings;
  const std::uint64_t count = space.elements();
  if (count > bytes.size() / type.bytes || count > image.bytes.size()) {
    malformed("claims ", count, " strings, more than the file can hold");
  }
  H5Cursor cursor = image.cursor(bytes);
  H5GlobalHeap heap(image);
  H5Budget characters(image);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (type.kind == H5Type::Kind::kFixedString) {
      strings.push_back(without_padding(cursor.characters(type.bytes), type.space_padded ? ' ' : '\0'));
      continue;
    }
    H5Cursor element = image.cursor(cursor.take(type.bytes));
    const std::uint32_t size = element.u32();
    const std::uint64_t collection = element.address();
    const std::uint32_t index = element.u32();
    if (size == 0 || index == 0) {
      strings.emplace_back();
      continue;
    }
    characters.spend(size);
    const std::string_view string = ByteCursor(heap.object(collection, index)).characters(size);
    strings.emplace_back(string.substr(0, string.find('\0')));
  }
  return strings;
}

}  // namespace ktrain
