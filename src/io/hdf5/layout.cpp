#include "io/hdf5/layout.h"

#include "io/hdf5/dataspace.h"

namespace ktrain {
namespace {

constexpr unsigned kCompact = 0, kContiguous = 1, kChunked = 2, kVirtual = 3;
constexpr unsigned kMaxRank = 33;  // one more than a dataset's: the last is an element's size

[[noreturn]] void refuse_kind(unsigned kind) {
  if (kind == kVirtual) malformed("is a virtual dataset, which keeps its values in other datasets and files");
  malformed("is damaged: values of no known layout");
}

void require_rank(unsigned rank) {
  if (rank < 1 || rank > kMaxRank) malformed("is damaged: chunks of ", rank, " dimensions");
}

/// Takes the last of what a chunked layout calls dimensions, the size of an element, off the others.
void split_element_size(H5Layout& layout) {
  const std::uint64_t bytes = layout.chunk.back();
  layout.chunk.pop_back();
  if (bytes == 0 || bytes > 0xFFFFFFFF || h5_product(layout.chunk) == 0) {
    malformed("is damaged: chunks of no bytes");
  }
  layout.element_bytes = static_cast<std::uint32_t>(bytes);
}

H5Layout parse_old(H5Cursor cursor) {
  H5Layout layout;
  const unsigned rank = cursor.u8(), kind = cursor.u8();
  cursor.skip(5);
  if (kind != kCompact) layout.address = cursor.address();
  std::vector<std::uint64_t> dims;
  require_rank(rank + 1);
  for (unsigned i = 0; i < rank; ++i) dims.push_back(cursor.u32());
  if (kind == kCompact) {
    layout.kind = H5Layout::Kind::kCompact;
    layout.compact = cursor.take(cursor.u32());
  } else if (kind == kContiguous) {
    layout.bytes = kH5Undefined;  // as many as the shape needs
  } else if (kind == kChunked) {
    require_rank(rank);
    layout.kind = H5Layout::Kind::kChunked;
    layout.chunk = std::move(dims);
    split_element_size(layout);
  } else {
    refuse_kind(kind);
  }
  return layout;
}

void parse_chunked_3(H5Cursor& cursor, H5Layout& layout) {
  const unsigned rank = cursor.u8();
  require_rank(rank);
  layout.address = cursor.address();
  for (unsigned i = 0; i < rank; ++i) layout.chunk.push_back(cursor.u32());
  split_element_size(layout);
}

void parse_index(H5Cursor& cursor, H5Layout& layout) {
  using Index = H5Layout::Index;
  switch (const unsigned index = cursor.u8(); index) {
    case 1:
      layout.index = Index::kSingle;
      if (layout.single_filtered) {
        layout.single_bytes = cursor.length();
        layout.single_skipped = cursor.u32();
      }
      break;
    case 2:
      layout.index = Index::kImplicit;
      break;
    case 3:
      layout.index = Index::kFixedArray;
      cursor.skip(1);
      break;
    case 4:
      layout.index = Index::kExtensibleArray;
      cursor.skip(5);
      break;
    case 5:
      layout.index = Index::kNewTree;
      cursor.skip(6);
      break;
    default:
      malformed("has chunks in an index of kind ", index, ", which ktrain does not read");
  }
}

void parse_chunked_4(H5Cursor& cursor, H5Layout& layout) {
  constexpr unsigned kUnfilteredEdges = 1, kFilteredSingle = 2;
  const unsigned flags = cursor.u8(), rank = cursor.u8(), width = cursor.u8();
  require_rank(rank);
  if (width < 1 || width > 8) malformed("is damaged: chunk sizes of ", width, " bytes");
  if ((flags & kUnfilteredEdges) != 0)
    malformed("leaves chunks at its edges unfiltered, which ktrain does not read");
  layout.single_filtered = (flags & kFilteredSingle) != 0;
  for (unsigned i = 0; i < rank; ++i) layout.chunk.push_back(cursor.number(width));
  split_element_size(layout);
  parse_index(cursor, layout);
  layout.address = cursor.address();
}

}  // namespace

H5Layout parse_layout(H5Cursor cursor) {
  const unsigned version = cursor.u8();
  if (version < 1 || version > 5)
    malformed("has a layout of version ", version, ", which ktrain does not read");
  if (version < 3) return parse_old(cursor);
  H5Layout layout;
  const unsigned kind = cursor.u8();
  if (kind == kCompact) {
    layout.kind = H5Layout::Kind::kCompact;
    layout.compact = cursor.take(cursor.u16());
  } else if (kind == kContiguous) {
    layout.address = cursor.address();
    layout.bytes = cursor.length();
  } else if (kind == kChunked) {
    layout.kind = H5Layout::Kind::kChunked;
    version == 3 ? parse_chunked_3(cursor, layout) : parse_chunked_4(cursor, layout);
  } else {
    refuse_kind(kind);
  }
  return layout;
}

}  // namespace ktrain
