#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ktrain {

/// Who brings which part of a sum that is taken along a fixed binary tree, so that it has the same bits
/// whoever holds how much. The tree is over numbered leaves, of which each rank has some neighbours; a rank
/// adds up its own as far as they are whole subtrees, and brings the sum of each of those, a plane.
class TreeShares {
 public:
  /// Rank r has the leaves [bounds[r], bounds[r + 1]); the first bound is 0, the last the number of leaves.
  explicit TreeShares(std::vector<std::int64_t> bounds);

  int size() const { return static_cast<int>(planes_.size()); }
  std::int64_t leaves() const { return bounds_.back(); }
  /// Planes of `rank`; none without leaves.
  int planes(int rank) const { return planes_[static_cast<std::size_t>(rank)]; }
  /// The most that a rank has.
  int most_planes() const;

  /// A plane, and how often the two sums on top of a stack are to be added once it has been put there.
  struct Part {
    int rank = 0;
    int plane = 0;
    int merges = 0;
  };
  /// All planes from left to right.
  std::span<const Part> parts() const { return parts_; }
  /// The most sums that are on that stack at a time.
  std::int64_t height() const { return height_; }

  /// Differs, as good as always, between different shares.
  std::uint64_t digest() const { return digest_; }

 private:
  std::vector<std::int64_t> bounds_;
  std::vector<int> planes_;
  std::vector<Part> parts_;
  std::int64_t height_ = 0;
  std::uint64_t digest_ = 0;
};

}  // namespace ktrain
