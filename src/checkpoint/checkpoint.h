#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/state_visitor.h"
#include "io/hdf5.h"

namespace ktrain {

class MappedFile;

// A checkpoint is an HDF5 file whose first 512 bytes, which HDF5 skips, are a line of text: its kind, its
// format's version, its size and the XXH3-64 of all bytes after them. The line is checked before anything
// else is looked at. The state's fields are datasets under their names.

/// True when the file begins as a checkpoint does. Throws Error{kNoInput} when it cannot be read.
bool looks_like_checkpoint(const std::string& file);

/// Collects the state of what it visits.
class CheckpointWriter : public StateVisitor {
 public:
  CheckpointWriter();
  /// float32, float64, int32, int64 or uint8. Each name once.
  void array(std::string_view name, void* data, DType dtype, std::span<const std::int64_t> dims) override;
  void integer(std::string_view name, std::int64_t& value) override;
  void number(std::string_view name, double& value) override;
  void string(std::string_view name, std::string& value) override;

  /// The file's bytes, for write_durably.
  std::vector<std::byte> bytes();

 private:
  H5Writer image_;
};

/// Gives what it visits the state of a checkpoint. Throws Error{kData} that names the file and what is wrong:
/// not a checkpoint, truncated, damaged; or the first field that is missing or of another type or shape.
class CheckpointReader : public StateVisitor {
 public:
  /// Reads a file; also throws Error{kNoInput}.
  explicit CheckpointReader(const std::string& file);
  /// A file's bytes, e.g. as rank 0 sent them, which must stay; `file` is the name for messages.
  CheckpointReader(const std::string& file, std::span<const std::byte> bytes);

  void array(std::string_view name, void* data, DType dtype, std::span<const std::int64_t> dims) override;
  void integer(std::string_view name, std::int64_t& value) override;
  void number(std::string_view name, double& value) override;
  void string(std::string_view name, std::string& value) override;

  bool has(const std::string& name) const { return image_.exists(name); }
  /// Throws Error{kData} naming a field of the checkpoint that was not visited: state of another run.
  void finish() const;

 private:
  explicit CheckpointReader(const std::shared_ptr<const MappedFile>& file);
  /// The field's path, marked as visited; an error when it is missing.
  std::string visit(std::string_view name);
  std::string first_unvisited(const std::string& group) const;

  H5Reader image_;
  std::set<std::string> visited_;
};

}  // namespace ktrain
