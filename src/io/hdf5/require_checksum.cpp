#include "io/byte_cursor.h"
#include "io/hdf5/checksum.h"

// Alone in its file, so that a fuzzing program can put one in its place that lets damaged structures pass.

namespace ktrain {

void require_h5_checksum(std::span<const std::byte> structure) {
  if (structure.size() < 4) malformed("is damaged: it ends early");
  const std::size_t size = structure.size() - 4;
  if (ByteCursor(structure, size).u32() != h5_checksum(structure.first(size))) {
    malformed("is damaged: a checksum does not match");
  }
}

void require_fletcher32(std::span<const std::byte> chunk, std::uint32_t stored) {
  const std::uint32_t sum = fletcher32(chunk);
  const std::uint32_t swapped = (sum & 0x00FF00FF) << 8 | (sum >> 8 & 0x00FF00FF);
  if (stored != sum && stored != swapped) malformed("is damaged: a chunk's checksum does not match");
}

}  // namespace ktrain
