#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/core/philox.h"

namespace ktrain {

/// A sequence in which several classes, each with a number of samples, are spread as evenly as whole samples
/// allow, with random access and memory for the classes alone.
///
/// The classes are the leaves of a binary tree. The samples of a node are those of its two sides, a of the
/// one and b of the other: the first p hold floor((p·a + phase) / (a + b)) of the one (Bresenham's line), so
/// any run of L holds its share of L to less than 1. A node passes its own difference on to a side times the
/// side's share of it; hence for a run of positions anywhere, a class's count differs from its share of the
/// run by less than 1 + p1 + p1·p2 + …, with p1 the class's share of its parent, p2 that one's of its own.
/// The tree joins nodes of about the same size (within a factor of two), the smallest first, in which way
/// p(k+1) < 1 / (1 + p(k)/2), and the sum stays below kInterleavingBound, whatever the classes; below 2 for a
/// power of two of equal classes, and below 1 for two classes.
class Interleaving {
 public:
  struct Place {
    std::int64_t of;      ///< the class
    std::int64_t number;  ///< how many of it come before
  };

  /// counts[c] samples of class c, each at least 1, fewer than 2^31 in all. Which classes are neighbours in
  /// the tree and the phases are drawn from `random`; without, they are fixed.
  Interleaving(std::span<const std::int64_t> counts, const RandomStream* random);

  /// What stands at `position`, below the sum of counts.
  Place at(std::int64_t position) const;

 private:
  class Draws;

  /// Nodes are numbered from 0, class c is -1 - c.
  struct Node {
    std::int64_t samples, first_samples, phase;
    std::int64_t first, second;
  };
  struct Tree {
    std::int64_t samples, root;
  };

  Tree joined(const Tree& first, const Tree& second, Draws& draws);

  std::vector<Node> nodes_;
  std::int64_t root_ = 0;
};

inline constexpr double kInterleavingBound = 4.6;

}  // namespace ktrain
