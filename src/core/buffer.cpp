#include "ktrain/core/buffer.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/check.h"

namespace ktrain {
namespace {

constexpr std::size_t kAlignment = 64;

void* allocate_zeroed(std::size_t bytes) {
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : Buffer(allocate_zeroed(bytes), bytes, [](void* p) { std::free(p); }) {}

Buffer::Buffer(void* data, std::size_t bytes, Deleter deleter, Device device)
    : data_(data, std::move(deleter)), bytes_(bytes), device_(device) {}

void* Buffer::host_data() const {
  KTRAIN_CHECK(device_ == Device::kHost, "host access to device memory of ", bytes_, " bytes");
  return data_.get();
}

}  // namespace ktrain
