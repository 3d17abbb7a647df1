#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace ktrain {

class Strata;

/// Which sample stands at which position of an epoch: a pure function of (seed, epoch, position), with random
/// access and no stored permutation. Any worker computes any part of it.
///
/// Shuffled, an epoch is a Permutation; with Strata the classes of the samples decide.
class Sampler {
 public:
  /// Without `shuffle` the order is the dataset's own. `size` is at least 1. `strata`, of as many samples,
  /// has its own seed and shuffling; null without.
  Sampler(std::int64_t size, std::uint64_t seed, bool shuffle,
          std::shared_ptr<const Strata> strata = nullptr);

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
  std::shared_ptr<const Strata> strata_;
};

}  // namespace ktrain
