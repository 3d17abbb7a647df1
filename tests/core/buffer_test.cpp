#include "ktrain/core/buffer.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

TEST(Buffer, IsZeroedAndAligned) {
  const Buffer buffer(1000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(buffer.data<unsigned char>()[i], 0);
}

TEST(Buffer, ReleasesThroughItsDeleterOnce) {
  int released = 0;
  {
    Buffer first(&released, sizeof released, [&](void*) { ++released; });
    const Buffer second = std::move(first);
    EXPECT_EQ(second.bytes(), sizeof released);
  }
  EXPECT_EQ(released, 1);
}

TEST(Buffer, RefusesHostAccessToDeviceMemory) {
  int memory = 0;
  const Buffer buffer(
      &memory, sizeof memory, [](void*) {}, Device::kCuda);
  EXPECT_THROW(buffer.data(), Error);
  EXPECT_EQ(buffer.address(), &memory);
}

}  // namespace
}  // namespace ktrain
