#include "io/byte_cursor.h"
#include "io/hdf5/checksum.h"

// In place of io/hdf5/require_checksum.cpp: damaged structures must be safe to read even with a checksum that
// somebody made to match.

namespace ktrain {

void require_h5_checksum(std::span<const std::byte> structure) {
  if (structure.size() < 4) malformed("is damaged: it ends early");
}

void require_fletcher32(std::span<const std::byte>, std::uint32_t) {}

}  // namespace ktrain
