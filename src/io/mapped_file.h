#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ktrain {

/// A file's bytes, mapped read-only: read from disk when touched, so the file may be larger than memory. The
/// file must not be shortened while it is mapped.
class MappedFile {
 public:
  /// Throws Error{kNoInput} when `path` is missing, unreadable or not a regular file.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ktrain
