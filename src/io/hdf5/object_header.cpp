#include "io/hdf5/object_header.h"

#include <algorithm>

#include "io/hdf5/checksum.h"

namespace ktrain {
namespace {

constexpr unsigned kSharedFlag = 1U << 1;
constexpr unsigned kMustUnderstandFlag = 1U << 7;
constexpr std::uint16_t kLastKnownType = 0x17;
constexpr std::size_t kMaxBlocks = 100'000;

struct Block {
  std::uint64_t address;
  std::uint64_t size;
};

class Walker {
 public:
  Walker(const H5Image& image, H5ObjectHeader& header) : image_(image), header_(header), budget_(image) {}

  void read(std::uint64_t address) {
    H5Cursor cursor = image_.at(address);
    if (cursor.remaining() >= 4 && H5Cursor(cursor).characters(4) == "OHDR") {
      read_new(cursor, address);
    } else {
      read_old(cursor);
    }
  }

 private:
  void read_old(H5Cursor cursor) {
    cursor.expect_version(1, "an object header");
    cursor.skip(1 + 2 + 4);  // zero, count of messages, count of links
    const std::uint32_t size = cursor.u32();
    cursor.skip(4);
    old_messages(cursor.take(size));
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      old_messages(image_.part(blocks_[i].address, blocks_[i].size));
    }
  }

  void old_messages(std::span<const std::byte> block) {
    budget_.spend(block.size());
    H5Cursor cursor = image_.cursor(block);
    while (cursor.remaining() >= 8) {
      const std::uint16_t type = cursor.u16(), size = cursor.u16();
      const unsigned flags = cursor.u8();
      cursor.skip(3);
      message(type, flags, cursor.take(size));
    }
  }

  void read_new(H5Cursor cursor, std::uint64_t address) {
    const std::size_t before = cursor.remaining();
    cursor.skip(4);
    cursor.expect_version(2, "an object header");
    const unsigned flags = cursor.u8();
    if ((flags & 0x20U) != 0) cursor.skip(16);  // times
    if ((flags & 0x10U) != 0) cursor.skip(4);   // when attributes move out
    const std::uint64_t size = cursor.number(std::size_t{1} << (flags & 3U));
    const std::size_t prefix = before - cursor.remaining();
    const auto messages = cursor.take(size);
    require_h5_checksum(image_.part(address, prefix + messages.size() + 4));
    const std::size_t order_bytes = (flags & 4U) != 0 ? 2 : 0;
    new_messages(messages, order_bytes);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const auto block = image_.part(blocks_[i].address, blocks_[i].size);
      require_h5_checksum(block);
      H5Cursor content = image_.cursor(block.first(block.size() - 4));
      content.expect("OCHK", "a block of an object header");
      new_messages(content.rest(), order_bytes);
    }
  }

  void new_messages(std::span<const std::byte> block, std::size_t order_bytes) {
    budget_.spend(block.size());
    H5Cursor cursor = image_.cursor(block);
    while (cursor.remaining() >= 4 + order_bytes) {  // less is a gap
      const std::uint16_t type = cursor.u8();
      const std::uint16_t size = cursor.u16();
      const unsigned flags = cursor.u8();
      cursor.skip(order_bytes);
      message(type, flags, cursor.take(size));
    }
  }

  void message(std::uint16_t type, unsigned flags, std::span<const std::byte> body) {
    if (type > kLastKnownType && (flags & kMustUnderstandFlag) != 0) {
      malformed("has a message of type ", type, ", which ktrain does not read");
    }
    const H5Message read{H5MessageType{type}, (flags & kSharedFlag) != 0, body};
    if (read.type == H5MessageType::kContinuation) {
      H5Cursor cursor = image_.cursor(body);
      const std::uint64_t address = cursor.address();
      blocks_.push_back({address, cursor.length()});
      if (blocks_.size() > kMaxBlocks) malformed("is damaged: its header goes in circles");
    } else {
      header_.messages.push_back(read);
    }
  }

  const H5Image& image_;
  H5ObjectHeader& header_;
  H5Budget budget_;
  std::vector<Block> blocks_;
};

}  // namespace

const H5Message* H5ObjectHeader::find(H5MessageType type) const {
  const auto found = std::ranges::find(messages, type, &H5Message::type);
  return found == messages.end() ? nullptr : &*found;
}

H5ObjectHeader read_object_header(const H5Image& image, std::uint64_t address) {
  H5ObjectHeader header;
  Walker(image, header).read(address);
  return header;
}

std::span<const std::byte> resolve_message(const H5Image& image, H5MessageType type, bool shared,
                                           std::span<const std::byte> body) {
  if (!shared) return body;
  H5Cursor cursor = image.cursor(body);
  const unsigned version = cursor.u8(), where = cursor.u8();
  if (version == 3 && where != 2) malformed("keeps a message in a shared heap, which ktrain does not read");
  if (version == 1) cursor.skip(6);
  const H5ObjectHeader committed = read_object_header(image, cursor.address());
  const H5Message* message = committed.find(type);
  if (message == nullptr || message->shared) malformed("is damaged: a shared message is missing");
  return message->body;
}

}  // namespace ktrain
