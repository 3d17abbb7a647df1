#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "data/interleaving.h"
#include "ktrain/data/stratify.h"

namespace ktrain {

/// The order of samples that follows from their classes: a pure function of (seed, epoch, position), with
/// random access. Any worker computes any part of it, for any batch. Holds 4 bytes a sample. Thread-safe.
///
/// Proportional: an Interleaving of the classes, another in each epoch, so in any run of positions (a prefix
/// of the epoch, a batch of any size) a class's count differs from its share by less than kInterleavingBound.
/// The samples of a class are a Permutation of each epoch; each sample comes once in it.
///
/// Balanced: the classes take turns, in an order of the epoch's own, so in any run of positions their counts
/// differ by at most 1. An epoch of N samples gives each of C classes N / C turns, rounded down or up: up for
/// those that follow, in a circle, on the ones that the epoch before rounded up. The k-th sample that a class
/// has given since the run began is number k mod n of its permutation k / n, n being its size: its samples
/// are seen equally often in the long run.
///
/// Without `shuffle` the samples of a class come in the dataset's order, and the classes in fixed places.
class Strata {
 public:
  /// Of as many classes as there are, numbered from 0, each with at least one sample; classes[i] is sample
  /// i's. Fewer than 2^31 samples, at least one. `mode` is not kOff.
  Strata(std::span<const std::uint32_t> classes, Stratify mode, std::uint64_t seed, bool shuffle);

  /// As Sampler::indices, which has checked the positions.
  void indices(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const;

 private:
  struct Epoch {
    std::int64_t number = -1;
    std::shared_ptr<const Interleaving> classes;
  };

  std::int64_t size() const { return static_cast<std::int64_t>(members_.size()); }
  std::int64_t class_count() const { return static_cast<std::int64_t>(begins_.size()) - 1; }
  /// The epochs in use are kept; another one takes the place of an older.
  std::shared_ptr<const Interleaving> interleaving(std::int64_t epoch) const;
  void proportional(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const;
  void balanced(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const;
  /// Sample `number` of class `of` in its permutation `cycle`.
  std::int64_t member(std::int64_t of, std::int64_t cycle, std::int64_t number) const;

  Stratify mode_;
  std::uint64_t seed_;
  bool shuffle_;
  std::vector<std::int64_t> begins_;    ///< of each class among the members, and their end
  std::vector<std::uint32_t> members_;  ///< the samples, class by class
  mutable std::mutex mutex_;
  mutable std::array<Epoch, 2> epochs_;  ///< guarded by mutex_
};

}  // namespace ktrain
