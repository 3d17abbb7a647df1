#include "core/parallel.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktrain {
namespace {

TEST(ParallelFor, VisitsEachElementOnce) {
  const int before = thread_count();
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    for (const std::int64_t count : {0, 1, 7, 64, 1000}) {
      std::vector<int> visits(static_cast<std::size_t>(count));
      parallel_for(count, 8, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      for (const int v : visits) EXPECT_EQ(v, 1);
    }
  }
  set_thread_count(before);
}

TEST(Processors, AtLeastOne) {
  EXPECT_GE(available_processors(), 1);
}

}  // namespace
}  // namespace ktrain
