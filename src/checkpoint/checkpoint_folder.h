#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ktrain {

/// The checkpoints of one run in a folder, one file a position: checkpoint-000000012345.h5 is the state after
/// 12345 samples. Rank 0 alone writes; the folder is made on the first save.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::string folder, int keep = 3);

  /// Writes a checkpoint's bytes durably and returns the file's name. Only then removes what is not needed
  /// any more: all but the newest `keep`, leftovers of interrupted writes, and checkpoints of later
  /// positions, which belong to a course that this run left when it continued from an earlier one. Throws
  /// Error{kIo}; then the others are as they were.
  std::string save(std::int64_t position, std::span<const std::byte> bytes) const;

  struct Latest {
    std::string file;                   ///< empty when there is none
    std::vector<std::byte> bytes;       ///< of the whole file
    std::vector<std::string> warnings;  ///< one line for each newer checkpoint that is not whole
  };
  /// The newest checkpoint that is whole.
  Latest latest() const;

  /// For a run that begins anew: throws Error{kConfiguration} when the folder holds checkpoints, which the
  /// first save would take for a course that this run left.
  void expect_no_run() const;

  /// Checkpoints by position, oldest first, whole or not.
  std::vector<std::string> files() const;

 private:
  void remove_surplus(std::int64_t position) const;

  std::string folder_;
  int keep_;
};

}  // namespace ktrain
