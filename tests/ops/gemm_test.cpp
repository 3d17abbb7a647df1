#include "ops/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "ops/bias.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

using Index = std::int64_t;

/// Small whole numbers: their products and sums are exact in float32, in any order.
std::vector<float> whole_numbers(Index count, Index step) {
  std::vector<float> values;
  for (Index i = 0; i < count; ++i) values.push_back(static_cast<float>(i * step % 11 - 5));
  return values;
}

float at(const std::vector<float>& matrix, bool transposed, Index rows, Index columns, Index r, Index c) {
  return matrix[static_cast<std::size_t>(transposed ? c * rows + r : r * columns + c)];
}

TEST(Gemm, MultipliesMatricesAndTransposes) {
  for (const auto& [m, n, k] : {std::array<Index, 3>{1, 1, 1}, {3, 5, 7}, {32, 10, 128}, {65, 33, 17}}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const auto a = whole_numbers(m * k, 3);
        const auto b = whole_numbers(k * n, 7);
        std::vector<float> c(static_cast<std::size_t>(m * n), -1);
        gemm(m, n, k, {a.data(), ta}, {b.data(), tb}, c.data());
        for (Index i = 0; i < m * n; ++i) {
          float sum = 0;
          for (Index l = 0; l < k; ++l) sum += at(a, ta, m, k, i / n, l) * at(b, tb, k, n, l, i % n);
          ASSERT_EQ(c[static_cast<std::size_t>(i)], sum) << m << " " << n << " " << k << " " << ta << tb;
        }
      }
    }
  }
}

TEST(Gemm, TakesPartsOfMatricesAndAddsToOne) {
  for (const Index m : {1, 2, 9}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        constexpr Index n = 5, k = 7, kStride = 12;
        const auto a = whole_numbers(kStride * kStride, 3), b = whole_numbers(kStride * kStride, 7);
        std::vector<float> c(static_cast<std::size_t>(m * kStride), 1);
        gemm(m, n, k, {a.data(), ta, kStride}, {b.data(), tb, kStride},
             {.data = c.data(), .stride = kStride, .accumulate = true});
        for (Index i = 0; i < m * kStride; ++i) {
          const Index row = i / kStride, column = i % kStride;
          float sum = 1;
          for (Index l = 0; l < k && column < n; ++l) {
            sum += a[static_cast<std::size_t>(ta ? l * kStride + row : row * kStride + l)] *
                   b[static_cast<std::size_t>(tb ? column * kStride + l : l * kStride + column)];
          }
          ASSERT_EQ(c[static_cast<std::size_t>(i)], sum) << m << ta << tb << " at " << i;
        }
      }
    }
  }
}

TEST(Gemm, ARowHasTheSameBitsInAnyCompany) {
  constexpr Index kRows = 64, kColumns = 256, kDepth = 784;
  std::vector<float> a, b;
  for (Index i = 0; i < kRows * kDepth; ++i) a.push_back(std::sin(static_cast<float>(i)));
  for (Index i = 0; i < kColumns * kDepth; ++i) b.push_back(std::cos(1.7F * static_cast<float>(i)));
  std::vector<float> all(kRows * kColumns), some(all);
  for (const bool tb : {false, true}) {
    const Index most = tb ? 8 : kRows;
    gemm(most, kColumns, kDepth, {a.data()}, {b.data(), tb}, all.data());
    for (const Index m : {1, 2, 3, 5, 7, 8, 13, 32}) {
      if (m > most) continue;
      gemm(m, kColumns, kDepth, {a.data()}, {b.data(), tb}, some.data());
      ASSERT_TRUE(std::equal(some.begin(), some.begin() + m * kColumns, all.begin())) << m << " rows, " << tb;
    }
  }
}

TEST(Bias, IsAddedToEachRowAndItsGradientSumsThem) {
  const int before = thread_count();
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    for (const auto& [rows, columns] : {std::pair<Index, Index>{1, 1}, {7, 3}, {3000, 40}, {2, 50000}}) {
      const auto x = whole_numbers(rows * columns, 3);
      const auto bias = whole_numbers(columns, 5);
      auto y = x;
      add_bias(bias.data(), y.data(), rows, columns);
      std::vector<float> sums(static_cast<std::size_t>(columns));
      for (std::size_t i = 0; i < y.size(); ++i) {
        ASSERT_EQ(y[i], x[i] + bias[i % bias.size()]);
        sums[i % sums.size()] += x[i];
      }
      std::vector<float> gradient(sums.size(), -1);
      bias_gradient(x.data(), gradient.data(), rows, columns);
      EXPECT_EQ(gradient, sums);
    }
  }
  set_thread_count(before);
}

TEST(Scratch, GrowsAndStays) {
  auto* small = static_cast<char*>(scratch(ScratchUse::kPrimitive, 100));
  small[99] = 1;
  EXPECT_EQ(scratch(ScratchUse::kPrimitive, 10), small);
  auto* other = static_cast<char*>(scratch(ScratchUse::kPackedGradient, 100));
  EXPECT_NE(other, small);
  auto* large = static_cast<char*>(scratch(ScratchUse::kPrimitive, 1 << 20));
  large[(1 << 20) - 1] = 1;
  EXPECT_EQ(scratch(ScratchUse::kPrimitive, 100), large);
}

}  // namespace
}  // namespace ktrain
