#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ktrain {

/// A process's memory that others of its host can open, without a name in any file system (memfd): nothing is
/// left behind however the processes end, and no limit on /dev/shm applies. This says where it is, and is
/// sent as bytes.
struct MemoryFile {
  /// What the links under /proc/…/fd say of it; one of a kind, so that nothing else is taken for it where the
  /// process number means another process: on another host, in another container. Empty: there is none.
  std::array<char, 64> name{};
  std::array<char, 32> process{};
  int descriptor = -1;  ///< that process's
  std::int64_t bytes = 0;

  /// A new one, of zeros, of this process, which closes the descriptor; empty where the system refuses it.
  static MemoryFile make(std::int64_t bytes);
  /// A descriptor of this process for it, to be closed; −1 where it is not to be had.
  int open() const;
};

/// Has the system make these pages, near this rank's processor, so that a limit refuses them here and not at
/// the first write; false when it does.
bool make_pages(int descriptor, std::int64_t begin, std::int64_t bytes);

/// All `bytes` in this process's memory, writes seen by all (`shared`) or by itself alone; at `address` if
/// given, in place of what is there. Null where the system refuses it. To be unmapped.
std::byte* map_memory(int descriptor, std::int64_t bytes, bool shared, void* address = nullptr);
void unmap_memory(void* data, std::int64_t bytes);

}  // namespace ktrain
