#include "core/check.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

TEST(Check, NamesPlaceConditionAndValues) {
  try {
    KTRAIN_CHECK(1 + 1 == 3, "one ", 1, " two ", 2);
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kSoftware);
    const std::string message = error.what();
    EXPECT_NE(message.find("check_test.cpp:"), std::string::npos) << message;
    EXPECT_NE(message.find("1 + 1 == 3"), std::string::npos) << message;
    EXPECT_NE(message.find("(one 1 two 2)"), std::string::npos) << message;
  }
}

// The published XXH3-64 value of no bytes with seed 0.
TEST(Digest, OfNothing) {
  EXPECT_EQ(hex(Digest().value()), "2d06800538d394c2");
}

TEST(Digest, DoesNotDependOnTheCut) {
  const std::string bytes(10000, 'k');
  Digest whole, pieces;
  whole.add(bytes.data(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); i += 8) pieces.add(bytes.data() + i, 8);
  EXPECT_EQ(whole.value(), pieces.value());
}

}  // namespace
}  // namespace ktrain
