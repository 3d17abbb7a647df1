#include "comm/node/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

#include "core/check.h"

namespace ktrain {
namespace {

template <std::size_t kSize>
void put(const std::string& text, std::array<char, kSize>& into) {
  KTRAIN_CHECK(text.size() < kSize, text);
  std::ranges::copy(text, into.begin());
}

/// The target of a symbolic link; empty where there is none to be read.
std::string link_target(const std::string& link) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(link, error);
  return error ? "" : target.string();
}

std::string random_name() {
  std::random_device random;
  return text("ktrain-", std::hex, random(), '-', random());
}

// Beyond the limit on a file's size, the system would not only refuse but send a signal.
bool within_file_limit(std::int64_t bytes) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && static_cast<rlim_t>(bytes) <= limit.rlim_cur;
}

}  // namespace

MemoryFile MemoryFile::make(std::int64_t bytes) {
  MemoryFile file{.name = {}, .process = {}, .descriptor = -1, .bytes = bytes};
  if (!within_file_limit(bytes)) return file;
  const std::string name = random_name();
  const int descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (descriptor < 0) return file;
  if (::ftruncate(descriptor, bytes) != 0) {
    ::close(descriptor);
    return file;
  }
  put(text("/memfd:", name, " (deleted)"), file.name);
  put(link_target("/proc/self"), file.process);  // as /proc counts, which need not be as getpid() does
  file.descriptor = descriptor;
  return file;
}

int MemoryFile::open() const {
  const std::string wanted = name.data();
  const std::string link = text("/proc/", process.data(), "/fd/", descriptor);
  if (wanted.empty() || link_target(link) != wanted) return -1;
  const int opened = ::open(link.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (opened < 0 || link_target(text("/proc/self/fd/", opened)) == wanted) return opened;
  ::close(opened);
  return -1;
}

// In pieces: an interrupted call begins anew.
bool make_pages(int descriptor, std::int64_t begin, std::int64_t bytes) {
  constexpr std::int64_t kPiece = std::int64_t{16} << 20;
  for (const std::int64_t end = begin + bytes; begin < end; begin += kPiece) {
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(descriptor, begin, std::min(kPiece, end - begin));
    if (error != 0) return false;
  }
  return true;
}

std::byte* map_memory(int descriptor, std::int64_t bytes, bool shared, void* address) {
  const int flags = (shared ? MAP_SHARED : MAP_PRIVATE) | (address != nullptr ? MAP_FIXED : 0);
  void* data = ::mmap(address, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE, flags, descriptor, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

void unmap_memory(void* data, std::int64_t bytes) {
  ::munmap(data, static_cast<std::size_t>(bytes));
}

}  // namespace ktrain
