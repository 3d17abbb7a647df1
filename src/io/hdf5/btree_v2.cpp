#include <bit>

#include "io/hdf5/btree.h"
#include "io/hdf5/checksum.h"

namespace ktrain {
namespace {

constexpr std::size_t kNodeOverhead = 10;  // signature, version, type, checksum
constexpr unsigned kDeepest = 20;

/// Bytes that hold numbers up to `largest`.
std::size_t bytes_for(std::uint64_t largest) {
  return largest == 0 ? 1 : static_cast<std::size_t>(std::bit_width(largest) - 1) / 8 + 1;
}

class Walk {
 public:
  Walk(const H5Image& image, unsigned type) : image_(image), type_(type), budget_(image) {}

  std::vector<std::span<const std::byte>> read(std::uint64_t header) {
    H5Cursor cursor = image_.at(header);
    cursor.expect("BTHD", "a tree's header");
    cursor.expect_version(0, "a tree");
    if (cursor.u8() != type_) malformed("is damaged: a tree is of another kind");
    node_bytes_ = cursor.u32();
    record_bytes_ = cursor.u16();
    const unsigned depth = cursor.u16();
    cursor.skip(2);  // when nodes split and merge
    const std::uint64_t root = cursor.address();
    const unsigned records = cursor.u16();
    const std::uint64_t total = cursor.length();
    require_h5_checksum(image_.part(header, 22 + image_.address_bytes + image_.length_bytes));
    if (depth > kDeepest || record_bytes_ == 0 || node_bytes_ < kNodeOverhead + record_bytes_) {
      malformed("is damaged: a tree of impossible nodes");
    }
    measure(depth);
    if (root != kH5Undefined) node(root, depth, records);
    if (records_.size() != total)
      malformed("is damaged: a tree has ", records_.size(), " of ", total, " records");
    return std::move(records_);
  }

 private:
  /// How many records nodes may hold, which sets how wide the counts beside their children's addresses are.
  void measure(unsigned depth) {
    std::uint64_t most = (node_bytes_ - kNodeOverhead) / record_bytes_, most_below = most;
    count_bytes_ = bytes_for(most);
    total_bytes_.push_back(0);
    for (unsigned level = 1; level <= depth; ++level) {
      const std::size_t pointer = pointer_bytes(level);
      most = (node_bytes_ - std::min<std::size_t>(node_bytes_, kNodeOverhead + pointer)) /
             (record_bytes_ + pointer);
      if (most > 0 && most_below > kH5Undefined / 2 / (most + 1))
        malformed("is damaged: a tree of impossible nodes");
      most_below = (most + 1) * most_below + most;
      total_bytes_.push_back(bytes_for(most_below));
    }
  }

  std::size_t pointer_bytes(unsigned level) const {
    return image_.address_bytes + count_bytes_ + total_bytes_[level - 1];
  }

  void node(std::uint64_t address, unsigned level, std::uint64_t records) {
    const std::size_t pointers =
        level == 0 ? 0 : static_cast<std::size_t>(records + 1) * pointer_bytes(level);
    const auto bytes = image_.part(address, kNodeOverhead + records * record_bytes_ + pointers);
    budget_.spend(bytes.size());
    require_h5_checksum(bytes);
    H5Cursor cursor = image_.cursor(bytes);
    cursor.expect(level == 0 ? "BTLF" : "BTIN", "a node of a tree");
    cursor.expect_version(0, "a tree's node");
    if (cursor.u8() != type_) malformed("is damaged: a tree's node is of another kind");
    H5Cursor children = image_.cursor(cursor.rest());
    children.skip(records * record_bytes_);
    for (std::uint64_t i = 0; i <= records; ++i) {
      if (level > 0) {
        const std::uint64_t child = children.address();
        const std::uint64_t below = children.number(count_bytes_);
        children.skip(total_bytes_[level - 1]);
        node(child, level - 1, below);
      }
      if (i < records) records_.push_back(cursor.take(record_bytes_));
    }
  }

  const H5Image& image_;
  unsigned type_;
  H5Budget budget_;
  std::size_t node_bytes_ = 0;
  std::size_t record_bytes_ = 0;
  std::size_t count_bytes_ = 0;
  std::vector<std::size_t> total_bytes_;  ///< by level, of the count of all records below a child
  std::vector<std::span<const std::byte>> records_;
};

}  // namespace

std::vector<std::span<const std::byte>> read_btree_v2(const H5Image& image, std::uint64_t header,
                                                      unsigned type) {
  return Walk(image, type).read(header);
}

}  // namespace ktrain
