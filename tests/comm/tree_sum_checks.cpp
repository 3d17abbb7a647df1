#include "comm/tree_sum_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "core/summation_tree.h"

namespace ktrain {
namespace {

/// What leaf `leaf` has at element `i`: numbers whose sum rounds otherwise in another order.
template <typename T>
T value_of(std::int64_t leaf, std::int64_t i) {
  return static_cast<T>(1 + (leaf * 7919 + i) % 1013) / static_cast<T>(3 + leaf % 5 * 1000);
}

/// The tree as it is defined: a node of level `level` is over the leaves [begin, begin + 2^level).
template <typename T>
T node(std::int64_t begin, int level, std::int64_t leaves, std::int64_t i) {
  if (level == 0) return value_of<T>(begin, i);
  const std::int64_t middle = begin + (std::int64_t{1} << (level - 1));
  const T left = node<T>(begin, level - 1, leaves, i);
  return middle < leaves ? static_cast<T>(left + node<T>(middle, level - 1, leaves, i)) : left;
}

template <typename T>
T tree_sum(std::int64_t leaves, std::int64_t i) {
  int level = 0;
  while ((std::int64_t{1} << level) < leaves) ++level;
  return node<T>(0, level, leaves, i);
}

/// Leaves in equal parts; all on the last rank; in parts that grow, the first of them empty.
std::vector<std::vector<std::int64_t>> ways_to_share(std::int64_t leaves, int ranks) {
  std::vector<std::int64_t> equal, last, growing;
  for (std::int64_t r = 0; r <= ranks; ++r) {
    equal.push_back(leaves * r / ranks);
    last.push_back(r == ranks ? leaves : 0);
    growing.push_back(r == ranks ? leaves : leaves * r * (r - 1) / (ranks * ranks));
  }
  return {equal, last, growing};
}

/// A rank's planes as its own leaves give them, at `stride` elements from each other.
template <typename T>
void put_planes(const std::vector<std::int64_t>& bounds, int rank, std::int64_t count, std::int64_t stride,
                std::span<T> data) {
  const auto r = static_cast<std::size_t>(rank);
  const auto subtrees = summation_of_leaves({bounds[r], bounds[r + 1]}, bounds.back()).left;
  for (std::size_t plane = 0; plane < subtrees.size(); ++plane) {
    std::vector<Range> leaves;
    for (std::int64_t leaf = subtrees[plane].begin; leaf < subtrees[plane].end; ++leaf)
      leaves.push_back({leaf, leaf + 1});
    const SummationOrder order(leaves, bounds.back());
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<T> stack;
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        stack.push_back(value_of<T>(leaves[k].begin, i));
        for (int merge = order.merges[k]; merge > 0; --merge) {
          const T right = stack.back();
          stack.pop_back();
          stack.back() = static_cast<T>(stack.back() + right);
        }
      }
      data[static_cast<std::size_t>(static_cast<std::int64_t>(plane) * stride + i)] = stack.front();
    }
  }
}

template <typename T>
bool is_tree_sum(std::span<const T> sums, std::int64_t leaves) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] != tree_sum<T>(leaves, static_cast<std::int64_t>(i))) return false;
  }
  return true;
}

template <typename T>
void sums_planes(Communicator& group, std::int64_t leaves, std::int64_t count) {
  for (const auto& bounds : ways_to_share(leaves, group.size())) {
    const TreeShares tree(bounds);
    const std::int64_t stride = count + 5;
    const std::int64_t elements = 3 + std::max(tree.most_planes(), 1) * stride;
    const Buffer allocated = group.allocate(elements * static_cast<std::int64_t>(sizeof(T)));
    std::vector<T> elsewhere(static_cast<std::size_t>(elements));
    for (const std::span<T> memory :
         {std::span(allocated.data<T>(), elsewhere.size()), std::span(elsewhere)}) {
      const std::span<T> data = memory.subspan(3);
      put_planes(bounds, group.rank(), count, stride, data);
      group.wait(group.tree_sum_start(tree, data.data(), count, stride, kDTypeOf<T>));
      EXPECT_TRUE(is_tree_sum<T>(data.first(static_cast<std::size_t>(count)), leaves))
          << count << " elements over " << leaves << " leaves";
      EXPECT_EQ(memory[2], T{0});
      EXPECT_EQ(data[static_cast<std::size_t>(count)], T{0});
    }
  }
}

}  // namespace

void sums_along_trees(Communicator& group) {
  for (const std::int64_t leaves : {1, 3, 8, 13}) {
    for (const std::int64_t count : {0, 1, 77, 2100}) {
      sums_planes<float>(group, leaves, count);
      sums_planes<double>(group, leaves, count);
    }
  }
  sums_planes<float>(group, 8, 20003);
}

void overlaps_tree_sums(Communicator& group) {
  constexpr int kUnderWay = 24;
  const auto bounds = ways_to_share(7, group.size()).front();
  const TreeShares tree(bounds);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::vector<float>> buffers;
    std::vector<Communicator::Request> requests;
    for (int i = 0; i < kUnderWay; ++i) {
      const std::int64_t count = 400 * i + 1;
      buffers.emplace_back(static_cast<std::size_t>(count * tree.most_planes()));
      put_planes<float>(bounds, group.rank(), count, count, buffers.back());
      requests.push_back(group.tree_sum_start(tree, buffers.back().data(), count, count, DType::kFloat32));
    }
    EXPECT_EQ(group.all_reduce(1.0), group.size());
    for (int i = kUnderWay - 1; i >= 0; --i) {
      group.wait(requests[static_cast<std::size_t>(i)]);
      const std::span<const float> sums(buffers[static_cast<std::size_t>(i)]);
      EXPECT_TRUE(is_tree_sum<float>(sums.first(static_cast<std::size_t>(400 * i + 1)), 7)) << i;
    }
  }
}

}  // namespace ktrain
