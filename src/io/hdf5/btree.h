#pragma once

#include <functional>
#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// One entry of a leaf of a version 1 B-tree: the key before a child, and where the child lies.
using H5TreeVisitor = std::function<void(H5Cursor key, std::uint64_t child)>;

/// Visits the leaf entries of a version 1 B-tree of node type `type` (0 for groups, 1 for chunks) whose keys
/// have `key_bytes` bytes, in order. Throws FormatError for damaged trees, circles among them.
void visit_btree_v1(const H5Image& image, std::uint64_t root, unsigned type, std::size_t key_bytes,
                    const H5TreeVisitor& visit);

/// The records of a version 2 B-tree of record type `type`, in order, checksums checked. Throws FormatError.
std::vector<std::span<const std::byte>> read_btree_v2(const H5Image& image, std::uint64_t header,
                                                      unsigned type);

}  // namespace ktrain
