#include "data/interleaving.h"

#include <array>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>

#include "core/check.h"

namespace ktrain {
namespace {

constexpr std::int64_t kMostSamples = (std::int64_t{1} << 31) - 1;

std::size_t level_of(std::int64_t samples) {
  return static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(samples)));
}

}  // namespace

/// One random number after another.
class Interleaving::Draws {
 public:
  explicit Draws(const RandomStream* random) : random_(random) {}

  /// Below `bound`, at most 2^31; without random numbers its middle.
  std::int64_t below(std::int64_t bound) {
    if (random_ == nullptr) return bound / 2;
    const std::uint64_t word = random_->bits(0, count_++)[0];
    return static_cast<std::int64_t>((word * static_cast<std::uint64_t>(bound)) >> 32);
  }

  void shuffle(std::vector<Tree>& trees) {
    for (std::size_t left = trees.size(); random_ != nullptr && left > 1; --left) {
      std::swap(trees[left - 1], trees[static_cast<std::size_t>(below(static_cast<std::int64_t>(left)))]);
    }
  }

 private:
  const RandomStream* random_;
  std::uint64_t count_ = 0;
};

Interleaving::Interleaving(std::span<const std::int64_t> counts, const RandomStream* random) {
  const std::int64_t samples = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  KTRAIN_CHECK(!counts.empty() && samples <= kMostSamples, samples, " of ", counts.size());
  // By the bits of their sizes. Two of one level make one of the next, but for one that is left over, which
  // is the first to be joined in the next level.
  std::array<std::vector<Tree>, 33> levels;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    KTRAIN_CHECK(counts[c] >= 1, "class ", c, ": ", counts[c]);
    levels[level_of(counts[c])].push_back({counts[c], -1 - static_cast<std::int64_t>(c)});
  }
  nodes_.reserve(counts.size() - 1);
  Draws draws(random);
  std::optional<Tree> left_over;
  for (std::vector<Tree>& level : levels) {
    draws.shuffle(level);
    if (left_over) level.insert(level.begin(), *left_over);
    left_over.reset();
    std::size_t next = 0;
    while (next + 1 < level.size()) {
      const Tree tree = joined(level[next], level[next + 1], draws);
      levels[level_of(tree.samples)].push_back(tree);
      next += 2;
    }
    if (next < level.size()) left_over = level[next];
  }
  root_ = left_over->root;
}

Interleaving::Tree Interleaving::joined(const Tree& first, const Tree& second, Draws& draws) {
  const std::int64_t samples = first.samples + second.samples;
  nodes_.push_back({samples, first.samples, draws.below(samples), first.root, second.root});
  return {samples, std::ssize(nodes_) - 1};
}

Interleaving::Place Interleaving::at(std::int64_t position) const {
  std::int64_t at = root_;
  while (at >= 0) {
    const Node& node = nodes_[static_cast<std::size_t>(at)];
    const std::int64_t line = position * node.first_samples + node.phase;
    const std::int64_t of_first = line / node.samples;
    const bool is_first = line - of_first * node.samples + node.first_samples >= node.samples;
    position = is_first ? of_first : position - of_first;
    at = is_first ? node.first : node.second;
  }
  return {-1 - at, position};
}

}  // namespace ktrain
