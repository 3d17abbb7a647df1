#pragma once

#include <string>

#include "io/stored_array.h"

namespace ktrain {

/// Opens an IDX file (http://yann.lecun.com/exdb/mnist: magic 00 00 type rank, big-endian sizes, elements),
/// of any rank and any of its six types. A plain file is mapped; a gzipped one, known by its first bytes, is
/// inflated into memory. Throws Error{kNoInput} for a missing file, Error{kData} for one that is not IDX or
/// whose length is not what its header says.
StoredArray open_idx(const std::string& path);

}  // namespace ktrain
