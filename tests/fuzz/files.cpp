#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/text.h"
#include "fuzz/fuzz_target.h"
#include "io/durable_file.h"

namespace ktrain::fuzz {

std::string as_file(std::span<const std::byte> bytes) {
  static const int descriptor = ::memfd_create("input", 0);
  const bool written = ::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, bytes.data(), bytes.size(),
                                                                   0) == static_cast<ssize_t>(bytes.size());
  if (!written) std::abort();
  return text("/proc/self/fd/", descriptor);
}

std::string tree_file(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(text(KTRAIN_TREE, "/", path));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace ktrain::fuzz
