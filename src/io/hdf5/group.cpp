#include "io/hdf5/group.h"

#include <cstring>

#include "io/hdf5/btree.h"
#include "io/hdf5/fractal_heap.h"

namespace ktrain {
namespace {

constexpr unsigned kGroupNodes = 0;       // the kind of version 1 tree
constexpr unsigned kLinkNameRecords = 5;  // the kind of version 2 tree
constexpr std::size_t kHashBytes = 4;

void add(H5Group& group, std::string_view name, H5Link link) {
  if (name.empty() || name.find('/') != std::string_view::npos)
    malformed("has a member without a proper name");
  if (!group.emplace(std::string(name), link).second) malformed("has two members '", name, "'");
}

/// The text up to a zero byte, which must be there.
std::string_view zero_ended(std::span<const std::byte> bytes) {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const auto* end = bytes.empty() ? nullptr : static_cast<const char*>(std::memchr(begin, 0, bytes.size()));
  if (end == nullptr) malformed("is damaged: a name has no end");
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::span<const std::byte> local_heap(const H5Image& image, std::uint64_t address) {
  H5Cursor cursor = image.at(address);
  cursor.expect("HEAP", "a heap of names");
  cursor.expect_version(0, "a heap of names");
  cursor.skip(3);
  const std::uint64_t size = cursor.length();
  cursor.length();  // the first free byte
  return image.part(cursor.address(), size);
}

void read_symbols(const H5Image& image, std::uint64_t address, std::span<const std::byte> names,
                  H5Group& group, H5Budget& budget) {
  constexpr std::uint32_t kSoftLink = 2;
  H5Cursor cursor = image.at(address);
  cursor.expect("SNOD", "a table of members");
  cursor.expect_version(1, "a table of members");
  cursor.skip(1);
  const unsigned count = cursor.u16();
  budget.spend(8 + count * (2 * image.address_bytes + 24));
  for (unsigned i = 0; i < count; ++i) {
    const std::string_view name = zero_ended(ByteCursor(names, cursor.address()).rest());
    H5Link link{H5Link::Kind::kHard, cursor.address()};
    if (cursor.u32() == kSoftLink) link.kind = H5Link::Kind::kSoft;
    cursor.skip(4 + 16);
    budget.spend(name.size());
    add(group, name, link);
  }
}

void read_symbol_table(const H5Image& image, std::span<const std::byte> message, H5Group& group) {
  H5Cursor cursor = image.cursor(message);
  const std::uint64_t tree = cursor.address();
  const auto names = local_heap(image, cursor.address());
  H5Budget budget(image);
  visit_btree_v1(image, tree, kGroupNodes, image.length_bytes, [&](const H5Cursor&, std::uint64_t child) {
    read_symbols(image, child, names, group, budget);
  });
}

void read_link(const H5Image& image, std::span<const std::byte> message, H5Group& group) {
  constexpr unsigned kHard = 0, kSoft = 1, kExternal = 64;
  H5Cursor cursor = image.cursor(message);
  cursor.expect_version(1, "a link");
  const unsigned flags = cursor.u8();
  const unsigned kind = (flags & 8U) != 0 ? cursor.u8() : kHard;
  if ((flags & 4U) != 0) cursor.skip(8);   // order of creation
  if ((flags & 16U) != 0) cursor.skip(1);  // character set
  const std::uint64_t size = cursor.number(std::size_t{1} << (flags & 3U));
  const std::string_view name = cursor.characters(size);
  H5Link link;
  link.kind = kind == kHard       ? H5Link::Kind::kHard
              : kind == kSoft     ? H5Link::Kind::kSoft
              : kind == kExternal ? H5Link::Kind::kExternal
                                  : H5Link::Kind::kOther;
  if (kind == kHard) link.object = cursor.address();
  add(group, name, link);
}

/// The links that a link info message says are in a fractal heap.
void read_dense_links(const H5Image& image, std::span<const std::byte> message, H5Group& group) {
  H5Cursor cursor = image.cursor(message);
  cursor.expect_version(0, "a table of links");
  if ((cursor.u8() & 1U) != 0) cursor.skip(8);  // the next link's number
  const std::uint64_t heap_address = cursor.address(), tree = cursor.address();
  if (heap_address == kH5Undefined) return;
  H5FractalHeap heap(image, heap_address);
  H5Budget budget(image);
  for (const auto record : read_btree_v2(image, tree, kLinkNameRecords)) {
    const auto link = heap.object(ByteCursor(record, kHashBytes).take(heap.id_bytes()));
    budget.spend(link.size());
    read_link(image, link, group);
  }
}

}  // namespace

bool is_group_header(const H5ObjectHeader& header) {
  return header.find(H5MessageType::kSymbolTable) != nullptr ||
         header.find(H5MessageType::kLinkInfo) != nullptr;
}

H5Group read_group(const H5Image& image, const H5ObjectHeader& header) {
  H5Group group;
  for (const H5Message& message : header.messages) {
    if (message.shared) continue;
    if (message.type == H5MessageType::kSymbolTable) read_symbol_table(image, message.body, group);
    if (message.type == H5MessageType::kLinkInfo) read_dense_links(image, message.body, group);
    if (message.type == H5MessageType::kLink) read_link(image, message.body, group);
  }
  return group;
}

}  // namespace ktrain
