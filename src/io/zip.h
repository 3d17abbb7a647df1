#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktrain {

class MappedFile;

/// A zip file open for reading, zip64 included; nothing is unpacked before it is asked for. Every error is
/// Error{kData} that names the file and the member.
class ZipReader {
 public:
  /// Maps a file. Throws Error{kNoInput} when it cannot be opened, and as read_zip_directory does.
  explicit ZipReader(const std::string& file);
  /// A file's bytes, which must stay; `file` is its name for messages.
  ZipReader(const std::string& file, std::span<const std::byte> bytes);
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::string& file() const;
  /// In the order of the file's directory.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;

  /// A member's bytes, stored or deflated, its checksum checked. Refuses members of more than `limit` bytes,
  /// of more than can lie in their packed bytes, and beyond 1 GiB also those that expand more than 100 times;
  /// encrypted ones and other methods.
  std::vector<std::byte> read(const std::string& name,
                              std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) const;
  /// The same bytes where they lie, for a member that is stored; nothing for a deflated one. They stay as
  /// long as the reader, or what owner() returns. Their checksum is left to check(), which reads them all.
  std::optional<std::span<const std::byte>> stored(const std::string& name) const;
  /// Checks the checksum of a stored member; read() has checked it of a deflated one.
  void check(const std::string& name) const;
  /// Keeps the mapped file; null where the bytes are the caller's.
  std::shared_ptr<const MappedFile> owner() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// A zip file made in memory of stored members, in the order in which they are added, as Keras writes its
/// `.keras` files: sizes before the data (no data descriptors), zip64 only where a size asks for it, no time
/// stamps, so that the same members give the same bytes.
class ZipWriter {
 public:
  /// A name that no member has yet.
  void add(const std::string& name, std::span<const std::byte> bytes);
  /// The whole file, for write_durably(). The last call.
  std::vector<std::byte> image();

 private:
  struct Member {
    std::string name;
    std::uint32_t crc;
    std::uint64_t size;
    std::uint64_t header;
  };
  void write_entry(const Member& member);

  std::vector<Member> members_;
  std::vector<std::byte> bytes_;
};

}  // namespace ktrain
