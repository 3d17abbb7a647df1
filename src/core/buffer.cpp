#include "ktrain/core/buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/check.h"

namespace ktrain {
namespace {

constexpr std::size_t kAlignment = 64;

// From this size on, memory comes from the system page by page as it is touched, zeroed by it.
constexpr std::size_t kLargeBytes = std::size_t{1} << 20;

void* map_zeroed(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

void* allocate_zeroed(std::size_t bytes) {
  if (bytes >= kLargeBytes) return map_zeroed(bytes);
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}

void release(void* memory, std::size_t bytes) {
  if (bytes >= kLargeBytes) {
    ::munmap(memory, bytes);
  } else {
    std::free(memory);
  }
}

}  // namespace

Buffer::Buffer(std::size_t bytes)
    : Buffer(allocate_zeroed(bytes), bytes, [bytes](void* memory) { release(memory, bytes); }) {}

Buffer::Buffer(void* data, std::size_t bytes, Deleter deleter, Device device)
    : data_(data, std::move(deleter)), bytes_(bytes), device_(device) {}

void* Buffer::host_data() const {
  KTRAIN_CHECK(device_ == Device::kHost, "host access to device memory of ", bytes_, " bytes");
  return data_.get();
}

}  // namespace ktrain
