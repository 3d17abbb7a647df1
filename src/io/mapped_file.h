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
  /// Takes the pages of this part out of the process's memory, for a part that is not needed soon: they come
  /// back when touched. Parts that are not of this file's bytes are left alone.
  void release(std::span<const std::byte> part) const;

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Calls visit(piece) on pieces of `bytes` in their order; where `file` (it may be null) holds them, each is
/// released after its visit, so that a walk through a large file takes little memory.
template <typename Visit>
void for_each_piece(const MappedFile* file, std::span<const std::byte> bytes, const Visit& visit) {
  constexpr std::size_t kPieceBytes = std::size_t{4} << 20;
  while (!bytes.empty()) {
    const std::span<const std::byte> piece =
        bytes.first(bytes.size() < kPieceBytes ? bytes.size() : kPieceBytes);
    visit(piece);
    if (file != nullptr) file->release(piece);
    bytes = bytes.subspan(piece.size());
  }
}

}  // namespace ktrain
