#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace ktrain {

enum class Device { kHost, kCuda };

/// Memory with one owner. It is released through the deleter handed in, so that shared windows, device memory
/// and mapped files are buffers like any other.
class Buffer {
 public:
  using Deleter = std::function<void(void*)>;

  Buffer() = default;
  /// Host memory, zeroed, aligned to 64 bytes (a cache line, an AVX-512 register). What is never touched of a
  /// large one takes no memory.
  explicit Buffer(std::size_t bytes);
  Buffer(void* data, std::size_t bytes, Deleter deleter, Device device = Device::kHost);

  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }

  /// The memory, for host code; fails when it is not host memory.
  template <typename T = void>
  T* data() const {
    return static_cast<T*>(host_data());
  }
  /// The address whatever the device, for code that knows what it does with it.
  void* address() const { return data_.get(); }

 private:
  void* host_data() const;

  std::unique_ptr<void, Deleter> data_{nullptr, [](void*) {}};
  std::size_t bytes_ = 0;
  Device device_ = Device::kHost;
};

}  // namespace ktrain
