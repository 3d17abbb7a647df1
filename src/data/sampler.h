#pragma once

#include <cstdint>
#include <span>

namespace ktrain {

/// Which sample stands at which position of an epoch: a pure function of (seed, epoch, position), with random
/// access and no stored permutation. Any worker computes any part of it.
///
/// Shuffled, an epoch is a keyed bijection of [0, size): a Feistel network (Luby and Rackoff 1988) of ten
/// rounds on the next power of two, its round keys drawn by Philox, walked until it lands below size (cycle
/// walking: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002,
/// doi:10.1007/3-540-45760-7_9). Fewer than two walks on average, so a lookup takes constant time.
class Sampler {
 public:
  /// Without `shuffle` the order is the dataset's own. `size` is at least 1.
  Sampler(std::int64_t size, std::uint64_t seed, bool shuffle);

  std::int64_t size() const { return size_; }

  /// The sample at `position`, in [0, size()), of `epoch`.
  std::int64_t index(std::int64_t epoch, std::int64_t position) const;
  /// The samples at the positions first_position, first_position + 1, …: as many as `out` holds. The faster
  /// form for many: an epoch's keys are drawn once.
  void indices(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const;

 private:
  std::int64_t size_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace ktrain
