#include "keras/naming.h"

#include <gtest/gtest.h>

#include "core/names.h"

namespace ktrain {
namespace {

TEST(Naming, EntriesAreCountedPerClass) {
  EntryNames names;
  EXPECT_EQ(names.next("Dense"), "dense");
  EXPECT_EQ(names.next("Conv2D"), "conv2d");
  EXPECT_EQ(names.next("Dense"), "dense_1");
  EXPECT_EQ(names.next("Dense"), "dense_2");
  EXPECT_EQ(names.next("Conv2D"), "conv2d_1");
}

}  // namespace
}  // namespace ktrain
