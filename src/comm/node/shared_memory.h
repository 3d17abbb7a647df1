#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Memory that the ranks of a group see together, one part a rank.
class SharedMemory {
 public:
  /// `bytes_per_rank` zeroed bytes for each rank. Null, on all ranks, where they do not run on one host or
  /// the host does not let them share memory. Collective; the same size on every rank.
  static std::shared_ptr<SharedMemory> make(Communicator& group, std::int64_t bytes_per_rank);

  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  std::int64_t bytes_per_rank() const { return bytes_per_rank_; }
  /// The part of one rank; begins with a page.
  std::byte* of(int rank) const { return data_ + rank * stride_; }

 private:
  SharedMemory(std::byte* data, std::int64_t bytes_per_rank, std::int64_t stride, std::int64_t bytes)
      : data_(data), bytes_per_rank_(bytes_per_rank), stride_(stride), bytes_(bytes) {}

  std::byte* data_;
  std::int64_t bytes_per_rank_;
  std::int64_t stride_;
  std::int64_t bytes_;
};

}  // namespace ktrain
