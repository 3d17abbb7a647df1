#include "ktrain/comm/tree_shares.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/digest.h"
#include "core/summation_tree.h"

namespace ktrain {

TreeShares::TreeShares(std::vector<std::int64_t> bounds) : bounds_(std::move(bounds)) {
  KTRAIN_CHECK(bounds_.size() > 1 && bounds_.front() == 0, bounds_.size(), " bounds");
  std::vector<Range> nodes;
  for (std::size_t r = 0; r + 1 < bounds_.size(); ++r) {
    const std::vector<Range> own = summation_of_leaves({bounds_[r], bounds_[r + 1]}, leaves()).left;
    planes_.push_back(static_cast<int>(own.size()));
    for (int plane = 0; plane < planes_.back(); ++plane) parts_.push_back({static_cast<int>(r), plane});
    nodes.insert(nodes.end(), own.begin(), own.end());
  }
  const SummationOrder order(nodes, leaves());
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].merges = order.merges[i];
  height_ = static_cast<std::int64_t>(order.height);
  Digest digest;
  digest.add(bounds_.data(), bounds_.size() * sizeof(std::int64_t));
  digest_ = digest.value();
}

int TreeShares::most_planes() const {
  return std::ranges::max(planes_);
}

}  // namespace ktrain
