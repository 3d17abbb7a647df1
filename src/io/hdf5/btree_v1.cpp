#include "io/hdf5/btree.h"

namespace ktrain {
namespace {

constexpr std::size_t kNodePrefix = 8;
constexpr unsigned kDeepest = 20;  // a node has at least two children, but for a few

class Walk {
 public:
  Walk(const H5Image& image, unsigned type, std::size_t key_bytes, const H5TreeVisitor& visit)
      : image_(image), type_(type), key_bytes_(key_bytes), visit_(visit), budget_(image) {}

  void root(std::uint64_t address) {
    H5Cursor cursor = image_.at(address);
    cursor.skip(5);
    const unsigned level = cursor.u8();
    if (level > kDeepest) malformed("is damaged: a tree of ", level, " levels");
    node(address, level);
  }

 private:
  void node(std::uint64_t address, unsigned level) {
    H5Cursor cursor = image_.at(address);
    cursor.expect("TREE", "a node of a tree");
    if (cursor.u8() != type_ || cursor.u8() != level)
      malformed("is damaged: a tree's node is of another kind");
    const unsigned entries = cursor.u16();
    cursor.skip(2 * image_.address_bytes);  // neighbours
    budget_.spend(kNodePrefix + entries * (key_bytes_ + image_.address_bytes));
    for (unsigned i = 0; i < entries; ++i) {
      const H5Cursor key = image_.cursor(cursor.take(key_bytes_));
      const std::uint64_t child = cursor.address();
      if (level == 0) {
        visit_(key, child);
      } else {
        node(child, level - 1);
      }
    }
  }

  const H5Image& image_;
  unsigned type_;
  std::size_t key_bytes_;
  const H5TreeVisitor& visit_;
  H5Budget budget_;
};

}  // namespace

void visit_btree_v1(const H5Image& image, std::uint64_t root, unsigned type, std::size_t key_bytes,
                    const H5TreeVisitor& visit) {
  Walk(image, type, key_bytes, visit).root(root);
}

}  // namespace ktrain
