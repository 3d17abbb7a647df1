#include "ops/scratch.h"

#include <array>

#include "ktrain/core/buffer.h"

namespace ktrain {

void* scratch(ScratchUse use, std::size_t bytes) {
  thread_local std::array<Buffer, static_cast<std::size_t>(ScratchUse::kCount)> buffers;
  Buffer& buffer = buffers[static_cast<std::size_t>(use)];
  if (buffer.bytes() < bytes) {
    buffer = Buffer();  // not both at once
    buffer = Buffer(bytes);
  }
  return buffer.data();
}

}  // namespace ktrain
