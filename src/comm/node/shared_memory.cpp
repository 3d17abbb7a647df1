#include "comm/node/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

#include "core/check.h"
#include "core/descriptor.h"

namespace ktrain {
namespace {

/// Where the others find rank 0's memory; sent as bytes.
struct Whereabouts {
  /// What the links under /proc/…/fd say of it; one of a kind, so that nothing else is taken for it where the
  /// process number means another process: on another host, in another container. Empty: there is none.
  std::array<char, 64> name{};
  std::array<char, 32> process{};
  int descriptor = -1;
  std::int64_t bytes_per_rank = 0;
};

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

int make_descriptor(const std::string& name, std::int64_t bytes) {
  if (!within_file_limit(bytes)) return -1;
  const int descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (descriptor < 0 || ::ftruncate(descriptor, bytes) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

Whereabouts whereabouts_of(const std::string& name, int descriptor, std::int64_t bytes_per_rank) {
  Whereabouts where;
  where.bytes_per_rank = bytes_per_rank;
  where.descriptor = descriptor;
  put(link_target("/proc/self"), where.process);  // as /proc counts, which need not be as getpid() does
  if (descriptor >= 0) put(text("/memfd:", name, " (deleted)"), where.name);
  return where;
}

int open_descriptor(const Whereabouts& where) {
  const std::string wanted = where.name.data();
  const std::string link = text("/proc/", where.process.data(), "/fd/", where.descriptor);
  if (wanted.empty() || link_target(link) != wanted) return -1;
  const int descriptor = ::open(link.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0 || link_target(text("/proc/self/fd/", descriptor)) == wanted) return descriptor;
  ::close(descriptor);
  return -1;
}

/// Has the system make these pages, near this rank's processor, so that a limit refuses them here and not at
/// the first write. In pieces: an interrupted call begins anew.
bool make_pages(int descriptor, std::int64_t begin, std::int64_t bytes) {
  constexpr std::int64_t kPiece = std::int64_t{16} << 20;
  for (const std::int64_t end = begin + bytes; begin < end; begin += kPiece) {
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(descriptor, begin, std::min(kPiece, end - begin));
    if (error != 0) return false;
  }
  return true;
}

std::byte* map(int descriptor, std::int64_t bytes) {
  void* data =
      ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

}  // namespace

std::shared_ptr<SharedMemory> SharedMemory::make(Communicator& group, std::int64_t bytes_per_rank) {
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  const std::int64_t stride = std::max<std::int64_t>((bytes_per_rank + page - 1) / page, 1) * page;
  const std::int64_t bytes = stride * group.size();

  const bool owns = group.rank() == 0;
  const std::string name = random_name();
  const Descriptor made(owns ? make_descriptor(name, bytes) : -1);
  Whereabouts where = whereabouts_of(name, made.get(), bytes_per_rank);
  group.broadcast(std::as_writable_bytes(std::span(&where, 1)));
  const bool same_size = where.bytes_per_rank == bytes_per_rank;

  const Descriptor opened(owns || !same_size ? -1 : open_descriptor(where));
  const int descriptor = owns ? made.get() : opened.get();
  const bool has_pages = descriptor >= 0 && make_pages(descriptor, group.rank() * stride, stride);
  const std::shared_ptr<SharedMemory> memory(
      new SharedMemory(has_pages ? map(descriptor, bytes) : nullptr, bytes_per_rank, stride, bytes));
  // Until then rank 0's descriptor stays open.
  const bool shared = group.all_reduce<std::int64_t>(memory->data_ != nullptr ? 1 : 0, ReduceOp::kMin) != 0;
  KTRAIN_CHECK(same_size, "rank 0 shares ", where.bytes_per_rank, " bytes, rank ", group.rank(), " ",
               bytes_per_rank);
  return shared ? memory : nullptr;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(bytes_));
}

}  // namespace ktrain
