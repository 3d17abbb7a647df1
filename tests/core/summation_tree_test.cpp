#include "core/summation_tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace ktrain {
namespace {

/// The tree as it is defined: a node of level `level` is over the leaves [begin, begin + 2^level).
double node(const std::vector<double>& leaves, std::size_t begin, int level) {
  if (level == 0) return leaves[begin];
  const std::size_t middle = begin + (std::size_t{1} << (level - 1));
  const double left = node(leaves, begin, level - 1);
  return middle < leaves.size() ? left + node(leaves, middle, level - 1) : left;
}

double tree_sum(const std::vector<double>& leaves) {
  int level = 0;
  while ((std::size_t{1} << level) < leaves.size()) ++level;
  return node(leaves, 0, level);
}

/// Values whose sum depends on the order.
std::vector<double> leaves_of(std::int64_t count) {
  std::vector<double> leaves;
  for (std::int64_t i = 0; i < count; ++i)
    leaves.push_back(std::pow(3.0, i % 7 * 5) / static_cast<double>(i + 1));
  return leaves;
}

/// The sum where part k of the leaves ends at bounds[k].
double sum_of_parts(const std::vector<double>& leaves, const std::vector<std::int64_t>& bounds) {
  const auto count = static_cast<std::int64_t>(leaves.size());
  std::vector<Range> nodes;
  std::vector<double> values;
  std::int64_t begin = 0;
  for (const std::int64_t end : bounds) {
    const SummationOrder own = summation_of_leaves({begin, end}, count);
    std::vector<double> sums;
    add_up(own, 1, sums, [&](std::size_t leaf, std::span<double> row) {
      row[0] += leaves[static_cast<std::size_t>(begin) + leaf];
    });
    nodes.insert(nodes.end(), own.left.begin(), own.left.end());
    if (own.left.empty()) sums.clear();
    values.insert(values.end(), sums.begin(), sums.end());
    begin = end;
  }
  const SummationOrder all(nodes, count);
  EXPECT_EQ(all.left, (std::vector<Range>{{0, count}}));
  std::vector<double> sums;
  add_up(all, 1, sums, [&](std::size_t i, std::span<double> row) { row[0] += values[i]; });
  return sums[0];
}

TEST(SummationTree, TheSumIsTheTreesWhereverTheLeavesAreCut) {
  for (std::int64_t count = 1; count <= 19; ++count) {
    const auto leaves = leaves_of(count);
    const double expected = tree_sum(leaves);
    EXPECT_EQ(sum_of_parts(leaves, {count}), expected) << count;
    for (std::int64_t first = 0; first <= count; ++first) {
      for (std::int64_t second = first; second <= count; ++second) {
        EXPECT_EQ(sum_of_parts(leaves, {first, second, count}), expected)
            << count << " leaves, cut at " << first << " and " << second;
      }
    }
  }
}

TEST(SummationTree, WholeSubtreesAreOneRow) {
  EXPECT_EQ(summation_of_leaves({0, 8}, 8).left, (std::vector<Range>{{0, 8}}));
  EXPECT_EQ(summation_of_leaves({4, 8}, 8).left, (std::vector<Range>{{4, 8}}));
  EXPECT_EQ(summation_of_leaves({4, 7}, 7).left, (std::vector<Range>{{4, 7}}));
  EXPECT_EQ(summation_of_leaves({3, 6}, 8).left, (std::vector<Range>{{3, 4}, {4, 6}}));
  EXPECT_TRUE(summation_of_leaves({3, 3}, 8).left.empty());
}

TEST(SummationTree, TheStackIsAsHighAsTheTreeIsDeep) {
  EXPECT_EQ(summation_of_leaves({0, 1}, 1).height, 1U);
  EXPECT_EQ(summation_of_leaves({0, 8}, 8).height, 4U);
  EXPECT_EQ(summation_of_leaves({0, 64}, 64).height, 7U);
}

}  // namespace
}  // namespace ktrain
