#include "io/element.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "ktrain/core/error.h"
#include "support/files.h"

namespace ktrain {
namespace {

using testing::raw;

template <typename T>
std::vector<T> decoded(const ElementFormat& format, const std::string& bytes) {
  EXPECT_EQ(dtype_of(format), kDTypeOf<T>) << to_string(format);
  std::vector<T> elements(bytes.size() / format.bytes);
  decode(format, reinterpret_cast<const std::byte*>(bytes.data()), static_cast<std::int64_t>(elements.size()),
         elements.data());
  return elements;
}

TEST(Element, DecodesIntegersOfBothByteOrders) {
  EXPECT_EQ(decoded<std::uint8_t>({'u', 1}, raw(0, 7, 255)), (std::vector<std::uint8_t>{0, 7, 255}));
  EXPECT_EQ(decoded<std::int32_t>({'i', 1}, raw(0, 127, 255)), (std::vector<std::int32_t>{0, 127, -1}));
  EXPECT_EQ(decoded<std::int32_t>({'i', 2}, raw(1, 0, 0, 128)), (std::vector<std::int32_t>{1, -32768}));
  EXPECT_EQ(decoded<std::int32_t>({'i', 2, true}, raw(0, 1, 128, 0)), (std::vector<std::int32_t>{1, -32768}));
  EXPECT_EQ(decoded<std::int32_t>({'u', 2}, raw(255, 255)), std::vector<std::int32_t>{65535});
  EXPECT_EQ(decoded<std::int32_t>({'i', 4}, raw(254, 255, 255, 255)), std::vector<std::int32_t>{-2});
  EXPECT_EQ(decoded<std::int32_t>({'i', 4, true}, raw(0, 0, 1, 2)), std::vector<std::int32_t>{258});
  EXPECT_EQ(decoded<std::int64_t>({'u', 4}, raw(255, 255, 255, 255)), std::vector<std::int64_t>{4294967295});
  EXPECT_EQ(decoded<std::int64_t>({'i', 8, true}, raw(0, 0, 0, 1, 0, 0, 0, 0)),
            std::vector<std::int64_t>{4294967296});
}

// 1.5 is 0x3FC00000 as a float, 0x3FF8000000000000 as a double (IEEE 754).
TEST(Element, DecodesFloats) {
  EXPECT_EQ(decoded<float>({'f', 4}, raw(0, 0, 0xC0, 0x3F)), std::vector<float>{1.5F});
  EXPECT_EQ(decoded<float>({'f', 4, true}, raw(0x3F, 0xC0, 0, 0)), std::vector<float>{1.5F});
  EXPECT_EQ(decoded<double>({'f', 8, true}, raw(0x3F, 0xF8, 0, 0, 0, 0, 0, 0)), std::vector<double>{1.5});
}

// The examples of Wikipedia's "Half-precision floating-point format".
TEST(Element, DecodesHalfPrecision) {
  const auto half = [](int high, int low) { return decoded<float>({'f', 2}, raw(low, high))[0]; };
  EXPECT_EQ(half(0x3C, 0x00), 1.0F);
  EXPECT_EQ(half(0x3C, 0x01), 1.0009765625F);
  EXPECT_EQ(half(0xC0, 0x00), -2.0F);
  EXPECT_EQ(half(0x7B, 0xFF), 65504.0F);
  EXPECT_EQ(half(0x04, 0x00), 0x1p-14F);
  EXPECT_EQ(half(0x03, 0xFF), 1023 * 0x1p-24F);
  EXPECT_EQ(half(0x00, 0x01), 0x1p-24F);
  EXPECT_EQ(half(0x7C, 0x00), INFINITY);
  EXPECT_EQ(half(0xFC, 0x00), -INFINITY);
  EXPECT_TRUE(std::isnan(half(0x7E, 0x00)));
  EXPECT_TRUE(std::signbit(half(0x80, 0x00)));
}

TEST(Element, KnowsWhatItCannotHold) {
  EXPECT_EQ(dtype_of({'u', 8}), std::nullopt);
  EXPECT_EQ(dtype_of({'c', 8}), std::nullopt);
  EXPECT_EQ(dtype_of({'O', 8}), std::nullopt);
  EXPECT_EQ(dtype_of({'b', 1}), DType::kBool);
}

TEST(Element, WritesInTheSameSize) {
  EXPECT_EQ(to_string(format_of(DType::kFloat32)), "<f4");
  EXPECT_EQ(to_string(format_of(DType::kFloat64)), "<f8");
  EXPECT_EQ(to_string(format_of(DType::kInt32)), "<i4");
  EXPECT_EQ(to_string(format_of(DType::kInt64)), "<i8");
  EXPECT_EQ(to_string(format_of(DType::kUint8)), "|u1");
  EXPECT_EQ(to_string(format_of(DType::kBool)), "|b1");
  EXPECT_THROW(format_of(DType::kBFloat16), Error);
}

}  // namespace
}  // namespace ktrain
