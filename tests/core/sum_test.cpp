#include "core/sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.h"

namespace ktrain {
namespace {

// 1, -2, 3, -1, 2, -3, 1, … : sums that float64 holds exactly.
std::vector<float> values_of(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(i % 3 + 1) * (i % 2 == 0 ? 1.0F : -1.0F);
  return values;
}

TEST(Sum, EqualsTheClosedForm) {
  for (const std::size_t count : {0, 1, 15, 16, 17, 16384, 16385, 3000000}) {
    double sum = 0, squares = 0, magnitudes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double term = static_cast<double>(i % 3 + 1);
      sum += i % 2 == 0 ? term : -term;
      magnitudes += term;
      squares += term * term;
    }
    EXPECT_EQ(sum_of(values_of(count)), sum) << count;
    EXPECT_EQ(sum_of_squares(values_of(count)), squares) << count;
    EXPECT_EQ(sum_of_magnitudes(values_of(count)), magnitudes) << count;
  }
}

TEST(Sum, DoesNotDependOnThreads) {
  std::vector<float> values(200000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  const int threads = thread_count();
  set_thread_count(1);
  const double alone = sum_of_squares(values);
  set_thread_count(3);
  EXPECT_EQ(sum_of_squares(values), alone);
  set_thread_count(threads);
}

TEST(Sum, LetsWhatIsNotFiniteThrough) {
  for (const std::size_t place : {0, 99, 50000}) {
    auto values = values_of(50001);
    values[place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(sum_of_squares(values)));
    values[place] = -std::numeric_limits<float>::infinity();
    EXPECT_TRUE(std::isinf(sum_of_squares(values)));
    EXPECT_TRUE(std::isinf(sum_of_magnitudes(values)));
  }
}

}  // namespace
}  // namespace ktrain
