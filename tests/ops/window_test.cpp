#include "ops/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

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

TEST(WindowAxis, CausalSeesNothingAhead) {
  const WindowAxis axis = window_axis(9, 3, 2, 1, Padding::kCausal);
  EXPECT_EQ(axis.output, 5);
  EXPECT_EQ(axis.before, 2);
  EXPECT_EQ(axis.after, 0);
  EXPECT_EQ(window_axis(9, 3, 1, 2, Padding::kCausal).before, 4);
  EXPECT_EQ(window_axis(2, 5, 1, 2, Padding::kCausal).output, 2);
}

TEST(Window, HasItsAxesAtTheEnd) {
  const std::int64_t input[] = {5, 7};
  const std::int64_t kernel[] = {3, 2};
  const std::int64_t ones[] = {1, 1};
  const Window window = make_window(input, kernel, ones, ones, Padding::kValid);
  EXPECT_EQ(window[0], WindowAxis{});
  EXPECT_EQ(window[1].output, 3);
  EXPECT_EQ(window[2].output, 6);
  EXPECT_EQ(input_positions(window), 35);
  EXPECT_EQ(output_positions(window), 18);
  EXPECT_EQ(kernel_positions(window), 6);
}

/// The convolution that a transposed one undoes has the layer's inputs as its outputs.
TEST(TransposedWindowAxis, IsThatOfAConvolution) {
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (std::int64_t n = 1; n <= 6; ++n) {
      for (std::int64_t k = 1; k <= 5; ++k) {
        for (const auto& [s, d] : {std::pair{1, 1}, {1, 2}, {1, 3}, {2, 1}, {3, 1}, {4, 1}}) {
          const WindowAxis axis = transposed_window_axis(n, k, s, d, padding, std::nullopt);
          const std::int64_t extent = (k - 1) * d + 1;
          const std::int64_t valid = (n - 1) * s + std::max<std::int64_t>(extent, s);
          EXPECT_EQ(axis.input, padding == Padding::kValid ? valid : n * s);
          EXPECT_EQ(axis.output, n);
          EXPECT_EQ((axis.before + axis.input + axis.after - extent) / s + 1, n);
          EXPECT_EQ(axis.before, padding == Padding::kValid ? 0 : std::max<std::int64_t>(extent - s, 0) / 2);
        }
      }
    }
  }
}

TEST(TransposedWindowAxis, AddsTheOutputPadding) {
  EXPECT_EQ(transposed_window_axis(4, 3, 2, 1, Padding::kValid, 1).input, 10);
  EXPECT_EQ(transposed_window_axis(4, 3, 2, 1, Padding::kSame, 0).input, 7);
  EXPECT_EQ(transposed_window_axis(4, 3, 2, 1, Padding::kSame, 1).input, 8);
  EXPECT_EQ(transposed_window_axis(4, 4, 3, 1, Padding::kSame, 2).input, 11);
}

}  // namespace
}  // namespace ktrain
