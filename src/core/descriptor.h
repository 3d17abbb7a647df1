#pragma once

#include <cstddef>
#include <span>

namespace ktrain {

/// A file descriptor with its owner; -1 where opening failed.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  /// False when the system says that something written before was lost.
  bool close();

 private:
  int fd_;
};

/// Writes all bytes, through interruptions and short writes; false, with errno, when that fails.
bool write_all(int fd, std::span<const std::byte> bytes);

}  // namespace ktrain
