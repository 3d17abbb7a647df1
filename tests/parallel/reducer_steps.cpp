#include "parallel/reducer_steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ktrain {

std::vector<Range> random_announcements(std::int64_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Range> ranges;
  for (std::int64_t begin = 0; begin < count; begin = ranges.back().end) {
    ranges.push_back({begin, std::min<std::int64_t>(count, begin + 1 + random() % 30)});
  }
  std::ranges::shuffle(ranges, random);
  return ranges;
}

namespace {

void expect_step(Communicator& group, GradientReducer& reducer, std::span<float> gradients,
                 std::uint32_t seed) {
  const int contributors = std::max(group.size() - 1, 1);
  const bool contributes = group.rank() < contributors;
  const int factor = contributes ? group.rank() + 1 : 0;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = static_cast<float>(factor * static_cast<int>(i % 13));

  reducer.begin_step(gradients);
  if (contributes) {
    for (const Range range : random_announcements(std::ssize(gradients), seed)) {
      reducer.gradients_final(range);
      reducer.progress();
    }
  }
  reducer.finish();
  EXPECT_GE(reducer.exposed_seconds(), 0);

  const int factors = contributors * (contributors + 1) / 2;
  bool right = true;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    right &= gradients[i] == static_cast<float>(factors * static_cast<int>(i % 13));
  EXPECT_TRUE(right) << gradients.size() << " elements";
}

}  // namespace

void expect_reduced(Communicator& group, std::int64_t count, const ReducerOptions& options) {
  const Buffer allocated = group.allocate(count * static_cast<std::int64_t>(sizeof(float)));
  std::vector<float> elsewhere(static_cast<std::size_t>(count));
  GradientReducer reducer(group, count, options);
  for (const std::span<float> gradients :
       {std::span(allocated.data<float>(), elsewhere.size()), std::span(elsewhere)}) {
    for (std::uint32_t step = 0; step < 2; ++step) {
      expect_step(group, reducer, gradients, 100 * step + static_cast<std::uint32_t>(group.rank()));
    }
  }
}

}  // namespace ktrain
