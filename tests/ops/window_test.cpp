#include "ops/window.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ktrain {
namespace {

TEST(WindowAxis, ValidFitsWholeWindowsOnly) {
  EXPECT_EQ(window_axis(28, 3, 1, 1, Padding::kValid).output, 26);
  EXPECT_EQ(window_axis(7, 3, 2, 1, Padding::kValid).output, 3);
  EXPECT_EQ(window_axis(8, 3, 2, 1, Padding::kValid).output, 3);
  EXPECT_EQ(window_axis(7, 3, 1, 2, Padding::kValid).output, 3);
  EXPECT_EQ(window_axis(5, 3, 1, 2, Padding::kValid).output, 1);
  EXPECT_LT(window_axis(4, 3, 1, 2, Padding::kValid).output, 1);
  EXPECT_LT(window_axis(1, 2, 2, 1, Padding::kValid).output, 1);
}

TEST(WindowAxis, SamePutsTheOddPaddingBehind) {
  const WindowAxis even = window_axis(4, 3, 2, 1, Padding::kSame);
  EXPECT_EQ(even.output, 2);
  EXPECT_EQ(even.before, 0);
  EXPECT_EQ(even.after, 1);
  const WindowAxis odd = window_axis(5, 3, 2, 1, Padding::kSame);
  EXPECT_EQ(odd.output, 3);
  EXPECT_EQ(odd.before, 1);
  EXPECT_EQ(odd.after, 1);
}

/// What "same" means: ceil(n / s) outputs, each window holds an input, and no more padding than that takes.
TEST(WindowAxis, SameCoversEveryInputOnce) {
  for (std::int64_t n = 1; n <= 12; ++n) {
    for (std::int64_t k = 1; k <= 5; ++k) {
      for (std::int64_t s = 1; s <= 4; ++s) {
        for (std::int64_t d = 1; d <= 3; ++d) {
          const WindowAxis axis = window_axis(n, k, s, d, Padding::kSame);
          EXPECT_EQ(axis.output, (n + s - 1) / s);
          EXPECT_LE(axis.after - axis.before, 1);
          EXPECT_GE(axis.after, axis.before);
          const std::int64_t reach = (axis.output - 1) * s - axis.before + (k - 1) * d + 1;
          EXPECT_TRUE(reach == n + axis.after || axis.after == 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace ktrain
