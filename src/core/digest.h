#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ktrain {

/// XXH3 of 64 bits over bytes given in pieces; the same as over all of them at once.
class Digest {
 public:
  Digest();
  void add(const void* data, std::size_t bytes);
  std::uint64_t value() const;

 private:
  std::shared_ptr<void> state_;
};

/// 16 hexadecimal digits.
std::string hex(std::uint64_t digest);

}  // namespace ktrain
