#include "comm/node/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "core/descriptor.h"
#include "core/text.h"

namespace ktrain {
namespace {

/// Within which a process number means one process: this boot of this machine and this container's processes.
/// Empty where the system does not say.
std::string process_space() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code error;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return boot.empty() || error ? "" : text(boot, ' ', space.string());
}

/// Where rank 0's memory is to be found; sent as bytes.
struct Address {
  std::array<char, 128> space{};
  std::int64_t process = 0;
  int descriptor = -1;
};

Address address_of(int descriptor) {
  Address address{.space = {}, .process = ::getpid(), .descriptor = descriptor};
  const std::string space = process_space();
  if (space.empty() || space.size() >= address.space.size()) address.descriptor = -1;
  std::ranges::copy(space.substr(0, address.space.size() - 1), address.space.begin());
  return address;
}

int make_descriptor(std::int64_t bytes) {
  const int descriptor = ::memfd_create("ktrain", MFD_CLOEXEC);
  if (descriptor >= 0 && ::ftruncate(descriptor, bytes) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

int open_descriptor(const Address& address) {
  if (address.descriptor < 0 || address.space.data() != process_space()) return -1;
  const std::string name = text("/proc/", address.process, "/fd/", address.descriptor);
  return ::open(name.c_str(), O_RDWR | O_CLOEXEC);
}

/// Null where it cannot be mapped. Each rank has its own part's pages made, by the system near its processor,
/// or refused here instead of at the first write.
std::byte* map(int descriptor, std::int64_t own_begin, std::int64_t own_bytes, std::int64_t bytes) {
  if (descriptor < 0 || ::posix_fallocate(descriptor, own_begin, own_bytes) != 0) return nullptr;
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
  const Descriptor made(owns ? make_descriptor(bytes) : -1);
  Address address = address_of(made.get());
  group.broadcast(std::as_writable_bytes(std::span(&address, 1)));
  const Descriptor opened(owns ? -1 : open_descriptor(address));

  std::byte* data = map(owns ? made.get() : opened.get(), group.rank() * stride, stride, bytes);
  // Rank 0's descriptor stays open until all have opened it.
  const bool shared =
      group.all_reduce<std::int64_t>(data != nullptr && address.descriptor >= 0, ReduceOp::kMin) != 0;
  auto memory = std::shared_ptr<SharedMemory>(new SharedMemory(data, bytes_per_rank, stride, bytes));
  return shared ? memory : nullptr;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(bytes_));
}

}  // namespace ktrain
