#include "io/hdf5/global_heap.h"

#include <algorithm>

namespace ktrain {

std::span<const std::byte> H5GlobalHeap::object(std::uint64_t collection, std::uint32_t index) {
  auto found = collections_.find(collection);
  if (found == collections_.end()) found = collections_.emplace(collection, read(collection)).first;
  const auto object = found->second.find(index);
  if (object == found->second.end()) malformed("is damaged: a string is missing");
  return object->second;
}

H5GlobalHeap::Collection H5GlobalHeap::read(std::uint64_t address) {
  constexpr std::uint64_t kAlignment = 8;
  H5Cursor header = image_.at(address);
  header.expect("GCOL", "a heap of strings");
  header.expect_version(1, "a heap of strings");
  header.skip(3);
  const std::uint64_t size = header.length();
  const auto whole = image_.part(address, size);
  budget_.spend(size);
  H5Cursor cursor = image_.cursor(whole);
  cursor.skip(8 + image_.length_bytes);
  Collection collection;
  while (cursor.remaining() >= 8 + image_.length_bytes) {
    const std::uint16_t index = cursor.u16();
    cursor.skip(2 + 4);  // count of users, zero
    const std::uint64_t bytes = cursor.length();
    if (index == 0) break;  // the free space behind all objects
    collection.emplace(index, cursor.take(bytes));
    cursor.skip(std::min<std::uint64_t>(cursor.remaining(), (kAlignment - bytes % kAlignment) % kAlignment));
  }
  return collection;
}

}  // namespace ktrain
