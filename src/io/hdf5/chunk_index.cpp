#include "io/hdf5/chunk_index.h"

#include <algorithm>

#include "io/hdf5/btree.h"
#include "io/hdf5/chunk_array.h"

namespace ktrain {
namespace {

constexpr unsigned kChunkNodes = 1;                            // the kind of version 1 tree
constexpr unsigned kPlainRecords = 10, kFilteredRecords = 11;  // the kinds of version 2 tree
constexpr std::size_t kSizeAndSkipped = 8;

class Finder {
 public:
  Finder(const H5Image& image, const H5Dataset& dataset)
      : image_(image),
        dataset_(dataset),
        layout_(dataset.layout),
        budget_(image),
        bytes_(chunk_bytes(dataset)) {}

  std::vector<H5Chunk> find() {
    using Index = H5Layout::Index;
    if (layout_.address == kH5Undefined) return {};
    switch (layout_.index) {
      case Index::kTree:
        old_tree();
        break;
      case Index::kSingle:
        add(std::vector<std::uint64_t>(rank()),
            {layout_.address, layout_.single_filtered ? layout_.single_bytes : bytes_,
             layout_.single_skipped});
        break;
      case Index::kNewTree:
        new_tree();
        break;
      default:
        array();
    }
    return std::move(chunks_);
  }

 private:
  std::size_t rank() const { return layout_.chunk.size(); }
  const std::vector<std::uint64_t>& dims() const { return dataset_.space.dims; }

  void add(std::vector<std::uint64_t> offset, const H5ArrayEntry& entry) {
    if (entry.address == kH5Undefined) return;
    for (std::size_t i = 0; i < rank(); ++i) {
      if (offset[i] % layout_.chunk[i] != 0) malformed("is damaged: a chunk lies between others");
      if (offset[i] >= dims()[i]) return;  // left over from a larger shape
    }
    budget_.spend(entry.bytes);
    chunks_.push_back({std::move(offset), image_.part(entry.address, entry.bytes), entry.skipped});
  }

  void old_tree() {
    const std::size_t key_bytes = kSizeAndSkipped + 8 * (rank() + 1);
    visit_btree_v1(image_, layout_.address, kChunkNodes, key_bytes, [&](H5Cursor key, std::uint64_t child) {
      H5ArrayEntry entry{child, key.u32(), 0};
      entry.skipped = key.u32();
      std::vector<std::uint64_t> offset(rank());
      for (std::uint64_t& at : offset) at = key.u64();
      add(std::move(offset), entry);
    });
  }

  void new_tree() {
    const bool filtered = !dataset_.filters.empty();
    for (const auto record :
         read_btree_v2(image_, layout_.address, filtered ? kFilteredRecords : kPlainRecords)) {
      H5Cursor cursor = image_.cursor(record);
      const std::size_t entry_bytes = record.size() - std::min(record.size(), 8 * rank());
      require_entry_bytes(filtered, image_.address_bytes, entry_bytes);
      H5ArrayEntry entry = take_array_entry(cursor, filtered, image_.address_bytes, entry_bytes);
      if (!filtered) entry.bytes = bytes_;
      std::vector<std::uint64_t> offset(rank());
      for (std::size_t i = 0; i < rank(); ++i) offset[i] = scaled(cursor.u64(), layout_.chunk[i]);
      add(std::move(offset), entry);
    }
  }

  static std::uint64_t scaled(std::uint64_t number, std::uint64_t chunk) {
    if (number > kH5Undefined / chunk) malformed("is damaged: a chunk lies beyond any shape");
    return number * chunk;
  }

  /// How many chunks dimension i has, or may have at its largest.
  std::uint64_t chunks_along(std::size_t i, const std::vector<std::uint64_t>& sizes) const {
    return sizes[i] / layout_.chunk[i] + (sizes[i] % layout_.chunk[i] != 0 ? 1 : 0);
  }

  /// The steps from one chunk to the next along each dimension, counted in entries of the array: row-major
  /// over the largest shape, where a dimension without end comes first.
  std::vector<std::uint64_t> steps(std::uint64_t& entries) const {
    const auto& largest = dataset_.space.max_dims;
    const auto endless = static_cast<std::size_t>(std::ranges::find(largest, kH5Unlimited) - largest.begin());
    std::vector<std::uint64_t> step(rank());
    std::vector<std::uint64_t> sizes{1};
    for (std::size_t i = rank(); i-- > 0;) {
      if (i == endless) continue;
      step[i] = h5_product(sizes);
      sizes.push_back(chunks_along(i, largest));
    }
    if (endless < rank()) step[endless] = h5_product(sizes);
    if (endless < rank()) sizes.push_back(chunks_along(endless, dims()));
    entries = h5_product(sizes);
    return step;
  }

  void array() {
    std::uint64_t entries = 0;
    const std::vector<std::uint64_t> step = steps(entries);
    if (dataset_.space.elements() == 0) return;
    if (entries > image_.bytes.size()) malformed("claims ", entries, " chunks, more than the file can hold");
    std::vector<H5ArrayEntry> found;
    if (layout_.index == H5Layout::Index::kFixedArray)
      found = read_fixed_array(image_, layout_.address, entries);
    if (layout_.index == H5Layout::Index::kExtensibleArray) {
      found = read_extensible_array(image_, layout_.address, entries);
    }
    std::vector<std::uint64_t> offset(rank());
    do {
      std::uint64_t entry = 0;
      for (std::size_t i = 0; i < rank(); ++i) entry += offset[i] / layout_.chunk[i] * step[i];
      if (found.empty()) {
        add(offset, {layout_.address + entry * bytes_, bytes_, 0});
      } else {
        add(offset, {found[entry].address, dataset_.filters.empty() ? bytes_ : found[entry].bytes,
                     found[entry].skipped});
      }
    } while (advance(offset));
  }

  /// The next chunk within the shape; false after the last.
  bool advance(std::vector<std::uint64_t>& offset) const {
    for (std::size_t i = rank(); i-- > 0;) {
      if (layout_.chunk[i] < dims()[i] - offset[i]) {
        offset[i] += layout_.chunk[i];
        return true;
      }
      offset[i] = 0;
    }
    return false;
  }

  const H5Image& image_;
  const H5Dataset& dataset_;
  const H5Layout& layout_;
  H5Budget budget_;
  std::uint64_t bytes_;
  std::vector<H5Chunk> chunks_;
};

}  // namespace

std::uint64_t chunk_bytes(const H5Dataset& dataset) {
  std::vector<std::uint64_t> sizes = dataset.layout.chunk;
  sizes.push_back(dataset.layout.element_bytes);
  return h5_product(sizes);
}

std::vector<H5Chunk> find_chunks(const H5Image& image, const H5Dataset& dataset) {
  return Finder(image, dataset).find();
}

}  // namespace ktrain
