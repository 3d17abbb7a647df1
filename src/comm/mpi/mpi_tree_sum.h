#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/core/range.h"

namespace ktrain {

/// The messages of a sum along a tree, of one rank. A large one goes in two rounds: each rank gets its slice
/// of all planes, adds it up, and sends the result to all. A small one goes in one, in which everybody gets
/// everything. The planes' memory is read, and the first plane written, by the messages themselves.
class MpiTreeSum {
 public:
  /// Of more bytes than these in a plane a rank adds up its slice alone.
  static constexpr std::int64_t kWholeBytes = std::int64_t{8} << 10;

  /// A piece of memory to be sent to, or received from, `peer`.
  struct Message {
    int peer = 0;
    std::byte* data = nullptr;
    std::int64_t count = 0;
    bool receives = false;
  };

  MpiTreeSum() = default;
  MpiTreeSum(const MpiTreeSum&) = delete;
  MpiTreeSum& operator=(const MpiTreeSum&) = delete;
  MpiTreeSum(MpiTreeSum&&) = default;
  MpiTreeSum& operator=(MpiTreeSum&&) = default;

  void begin(const TreeShares& tree, int rank, void* data, std::int64_t count, std::int64_t stride,
             DType dtype);
  /// False once the sum is complete.
  bool under_way() const { return round_ != Round::kNone; }
  /// The messages of the round that follows; those of the one before are through. May be none: then it is
  /// called again.
  const std::vector<Message>& next_round();
  DType dtype() const { return dtype_; }

 private:
  enum class Round { kNone, kParts, kAddition, kResults };

  Range slice(int rank) const;
  std::byte* plane(int index, std::int64_t first) const;
  void exchange_parts();
  void add_up();
  void exchange_results();

  const TreeShares* tree_ = nullptr;
  int rank_ = 0;
  std::byte* data_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t stride_ = 0;
  DType dtype_ = DType::kFloat32;
  Round round_ = Round::kNone;
  std::vector<Message> messages_;
  std::vector<std::int64_t> first_received_;  ///< per rank, of its planes in what was received
  std::vector<std::byte> received_, stack_;
};

}  // namespace ktrain
