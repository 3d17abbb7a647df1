#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/descriptor.h"

namespace ktrain {

/// What a DurableFile's name ends in while it is being written.
inline constexpr const char* kPartialSuffix = ".partial";

/// Replaces a file piece by piece yet all or nothing, also when the machine loses power: written aside in the
/// same folder, synced, renamed, the folder synced. Every function throws Error{kIo} that names the file and
/// the system's reason; then, and when it is destroyed before commit(), `file` is as it was and nothing is
/// left beside it.
class DurableFile {
 public:
  explicit DurableFile(std::string file);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void append(std::span<const std::byte> bytes);
  /// Makes what was appended the file. The last call.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::string file_;
  std::string partial_;
  Descriptor out_;
};

/// Replaces `file` by these bytes through a DurableFile.
void write_durably(const std::string& file, std::span<const std::byte> bytes);

/// Makes a folder and those above it where they are missing, to last as a file of write_durably. Throws
/// Error{kIo}.
void make_folders(const std::string& folder);

/// A whole file. Throws Error{kNoInput} when it is missing or unreadable.
std::vector<std::byte> read_file(const std::string& file);
/// Its first bytes, `size` or as many as there are.
std::vector<std::byte> read_prefix(const std::string& file, std::size_t size);

}  // namespace ktrain
