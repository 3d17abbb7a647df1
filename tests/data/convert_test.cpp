#include "data/convert.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

template <typename T>
std::vector<float> cast(std::vector<T> values, DType dtype = kDTypeOf<T>) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  Tensor out(shape);
  cast_to_float32(ConstTensorView(values.data(), dtype, shape), out.view());
  return {out.span<float>().begin(), out.span<float>().end()};
}

TEST(CastToFloat32, KeepsTheValue) {
  EXPECT_EQ(cast<std::uint8_t>({0, 1, 255}), (std::vector<float>{0, 1, 255}));
  EXPECT_EQ(cast<std::uint8_t>({0, 1}, DType::kBool), (std::vector<float>{0, 1}));
  EXPECT_EQ(cast<std::int32_t>({-5, 7}), (std::vector<float>{-5, 7}));
  EXPECT_EQ(cast<std::int64_t>({-5, std::int64_t{1} << 40}), (std::vector<float>{-5, 0x1p40F}));
  EXPECT_EQ(cast<double>({0.1, -2.5}), (std::vector<float>{0.1F, -2.5F}));
  EXPECT_EQ(cast<float>({0.1F, -2.5F}), (std::vector<float>{0.1F, -2.5F}));
}

TEST(FindInexact, FindsWholeNumbersBeyondFloat32) {
  const auto find = [](const auto& values) {
    using T = std::decay_t<decltype(values[0])>;
    return find_inexact(ConstTensorView(values.data(), kDTypeOf<T>, Shape{std::ssize(values)}));
  };
  std::vector<std::int64_t> longs(100, 1 << 24);
  std::vector<std::int32_t> ints(100, -(1 << 24));
  EXPECT_EQ(find(longs), -1);
  EXPECT_EQ(find(ints), -1);
  longs[57] = std::numeric_limits<std::int64_t>::min();
  ints[99] = (1 << 24) + 1;
  EXPECT_EQ(find(longs), 57);
  EXPECT_EQ(find(ints), 99);
}

TEST(CastToFloat32, EveryByteAtEveryOffset) {
  std::vector<std::uint8_t> bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  for (std::size_t offset = 0; offset < 20; ++offset) {
    const auto floats =
        cast(std::vector<std::uint8_t>(bytes.begin() + static_cast<std::ptrdiff_t>(offset), bytes.end()));
    for (std::size_t i = 0; i < floats.size(); ++i)
      EXPECT_EQ(floats[i], static_cast<float>((i + offset) % 256));
  }
}

TEST(FindNonFinite, FindsTheFirst) {
  const float largest = std::numeric_limits<float>::max();
  const float subnormal = std::numeric_limits<float>::denorm_min();
  std::vector<float> values(1000, largest);
  values[3] = subnormal;
  values[4] = -largest;
  EXPECT_EQ(find_non_finite(values), -1);
  EXPECT_EQ(find_non_finite({}), -1);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t place : {0, 1, 15, 16, 500, 999}) {
      auto damaged = values;
      damaged[place] = damaged[999] = bad;
      EXPECT_EQ(find_non_finite(damaged), static_cast<std::int64_t>(place));
    }
  }
}

}  // namespace
}  // namespace ktrain
