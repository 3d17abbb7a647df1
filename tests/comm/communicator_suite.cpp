#include "comm/communicator_suite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "comm/tree_sum_checks.h"
#include "ktrain/comm/agree.h"

namespace ktrain {
namespace {

/// Rank r brings r + i at element i.
template <typename T>
std::vector<T> ramp(const Communicator& group, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(group.rank() + static_cast<int>(i % 7));
  return values;
}

/// sum over r of (r + i) = n·i + n(n−1)/2; all small integers, exact in every type.
template <typename T>
void reduces_to_closed_forms(Communicator& group) {
  const int n = group.size();
  for (const std::int64_t count : {1, 3, 1000, 100000}) {
    std::vector<T> sum = ramp<T>(group, count), high = sum, low = sum;
    group.all_reduce(std::span(sum));
    group.all_reduce(std::span(high), ReduceOp::kMax);
    group.all_reduce(std::span(low), ReduceOp::kMin);
    bool right = true;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const int base = static_cast<int>(i % 7);
      right &= sum[i] == static_cast<T>(n * base + n * (n - 1) / 2);
      right &= high[i] == static_cast<T>(n - 1 + base) && low[i] == static_cast<T>(base);
    }
    EXPECT_TRUE(right) << count << " elements";
  }
}

/// As above, in memory that the communicator gave, at an offset; what lies beside is left alone.
template <typename T>
void reduces_allocated_memory(Communicator& group) {
  const int n = group.size();
  for (const std::size_t count : {1, 3, 63, 64, 1000, 100003}) {
    const Buffer buffer = group.allocate(static_cast<std::int64_t>((count + 8) * sizeof(T)));
    ASSERT_EQ(buffer.bytes(), (count + 8) * sizeof(T));
    const std::span<T> whole(buffer.data<T>(), count + 8);
    const std::span<T> values = whole.subspan(5, count);
    EXPECT_TRUE(std::ranges::all_of(whole, [](T value) { return value == T{0}; }));
    for (const ReduceOp op : {ReduceOp::kSum, ReduceOp::kMax, ReduceOp::kMin}) {
      std::ranges::copy(ramp<T>(group, static_cast<std::int64_t>(count)), values.begin());
      group.all_reduce(values, op);
      const int of_ranks = op == ReduceOp::kSum ? n * (n - 1) / 2 : op == ReduceOp::kMax ? n - 1 : 0;
      bool right = true;
      for (std::size_t i = 0; i < count; ++i) {
        const int base = static_cast<int>(i % 7) * (op == ReduceOp::kSum ? n : 1);
        right &= values[i] == static_cast<T>(base + of_ranks);
      }
      EXPECT_TRUE(right) << count << " elements";
    }
    for (const std::size_t i : {0, 1, 2, 3, 4}) EXPECT_EQ(whole[i], T{0});
    for (const std::size_t i : {5, 6, 7}) EXPECT_EQ(whole[count + i], T{0});
  }
}

/// Memory outlives the communicator that gave it, and is then like any other.
void leaves_memory_behind(Communicator& group) {
  auto other = group.duplicate();
  const Buffer buffer = other->allocate(400000);
  other.reset();
  const std::span<float> values(buffer.data<float>(), 100000);
  std::ranges::fill(values, static_cast<float>(group.rank()));
  group.all_reduce(values);
  const int n = group.size();
  EXPECT_TRUE(std::ranges::all_of(values, [&](float v) { return v == static_cast<float>(n * (n - 1) / 2); }));
}

/// Every rank gets the root's content, from either kind of memory, and what one writes afterwards no other
/// sees.
void replicates_memory(Communicator& group) {
  for (const std::int64_t count : {0, 1, 1000, 300001}) {
    for (int root = 0; root < group.size(); ++root) {
      for (const bool replicable : {false, true}) {
        const auto bytes = count * static_cast<std::int64_t>(sizeof(int));
        Buffer own = replicable && group.rank() == root ? group.replicable(bytes)
                                                        : Buffer(static_cast<std::size_t>(bytes));
        const auto values = [&] { return std::span(own.data<int>(), static_cast<std::size_t>(count)); };
        EXPECT_TRUE(std::ranges::all_of(values(), [](int value) { return value == 0; }));
        if (group.rank() == root) std::iota(values().begin(), values().end(), root);
        own = group.replicate(std::move(own), root);
        ASSERT_EQ(own.bytes(), static_cast<std::size_t>(bytes));
        for (int& value : values()) value += 100 * group.rank();
        group.barrier();
        bool right = true;
        for (std::size_t i = 0; i < values().size(); ++i)
          right &= values()[i] == static_cast<int>(i) + root + 100 * group.rank();
        EXPECT_TRUE(right) << count << " numbers from rank " << root;
      }
    }
  }
}

void reduces_one_value(Communicator& group) {
  EXPECT_EQ(group.all_reduce(1.0), group.size());
  EXPECT_EQ(group.all_reduce<std::int64_t>(group.rank(), ReduceOp::kMax), group.size() - 1);
}

void reduces_nothing(Communicator& group) {
  group.all_reduce(std::span<float>());
  group.broadcast({});
  EXPECT_EQ(group.all_gather(""), std::vector<std::string>(static_cast<std::size_t>(group.size())));
}

void broadcasts_from_every_root(Communicator& group) {
  for (int root = 0; root < group.size(); ++root) {
    std::vector<int> values(5000, group.rank() == root ? root + 17 : -1);
    group.broadcast(std::as_writable_bytes(std::span(values)), root);
    EXPECT_EQ(values, std::vector<int>(5000, root + 17));
  }
}

/// Rank r sends r² bytes of value r: rank 0 none.
void gathers_different_sizes(Communicator& group) {
  for (int root = 0; root < group.size(); ++root) {
    const auto own = static_cast<std::size_t>(group.rank() * group.rank());
    const std::vector<std::byte> send(own, static_cast<std::byte>(group.rank()));
    const auto all = group.gather(send, root);
    ASSERT_EQ(all.size(), group.rank() == root ? static_cast<std::size_t>(group.size()) : 0u);
    for (std::size_t r = 0; r < all.size(); ++r) {
      EXPECT_EQ(all[r], std::vector<std::byte>(r * r, static_cast<std::byte>(r)));
    }
  }
}

void gathers_texts(Communicator& group) {
  const auto texts = group.all_gather("rank " + std::string(static_cast<std::size_t>(group.rank()), 'x'));
  ASSERT_EQ(texts.size(), static_cast<std::size_t>(group.size()));
  for (std::size_t r = 0; r < texts.size(); ++r) EXPECT_EQ(texts[r], "rank " + std::string(r, 'x'));
}

/// Many collectives under way at once, waited for in the reverse order; twice, so that slots are used
/// again.
void overlaps_collectives(Communicator& group) {
  const int n = group.size();
  constexpr int kUnderWay = 70;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::vector<float>> buffers;
    std::vector<Communicator::Request> requests;
    for (int i = 0; i < kUnderWay; ++i)
      buffers.emplace_back(1000 * i + 1, static_cast<float>(group.rank() + i));
    for (auto& buffer : buffers) {
      requests.push_back(
          group.all_reduce_start(buffer.data(), std::ssize(buffer), DType::kFloat32, ReduceOp::kSum));
    }
    int word = group.rank();
    const auto broadcast = group.broadcast_start(&word, sizeof word, n - 1);
    const auto barrier = group.barrier_start();
    group.wait(barrier);
    group.wait(broadcast);
    EXPECT_EQ(word, n - 1);
    for (int i = kUnderWay - 1; i >= 0; --i) {
      group.wait(requests[static_cast<std::size_t>(i)]);
      const float expected = static_cast<float>(n * i + n * (n - 1) / 2);
      const auto& buffer = buffers[static_cast<std::size_t>(i)];
      EXPECT_TRUE(std::ranges::all_of(buffer, [&](float value) { return value == expected; })) << i;
    }
  }
}

void tests_without_waiting(Communicator& group) {
  float value = 1;
  const auto request = group.all_reduce_start(&value, 1, DType::kFloat32, ReduceOp::kSum);
  while (!group.test(request)) group.progress();
  EXPECT_EQ(value, static_cast<float>(group.size()));
}

/// A duplicate's collectives, started in another order relative to the original's, do not meet them.
void keeps_duplicates_apart(Communicator& group) {
  const auto other = group.duplicate();
  EXPECT_EQ(other->rank(), group.rank());
  EXPECT_EQ(other->size(), group.size());
  EXPECT_EQ(other->stall_seconds(), group.stall_seconds());
  float ones = 1, tens = 10;
  const auto start = [](Communicator& on, float& value) {
    return on.all_reduce_start(&value, 1, DType::kFloat32, ReduceOp::kSum);
  };
  Communicator::Request first, second;
  if (group.rank() % 2 == 0) {
    first = start(group, ones);
    second = start(*other, tens);
  } else {
    second = start(*other, tens);
    first = start(group, ones);
  }
  group.wait(first);
  other->wait(second);
  EXPECT_EQ(ones, static_cast<float>(group.size()));
  EXPECT_EQ(tens, static_cast<float>(10 * group.size()));
}

/// A rank that waits on one communicator lets what others wait for on another go on.
void advances_duplicates(Communicator& group) {
  const auto other = group.duplicate();
  std::vector<std::byte> bytes(std::size_t{4} << 20, static_cast<std::byte>(group.rank()));
  const auto broadcast = other->broadcast_start(bytes.data(), std::ssize(bytes), 0);
  if (group.rank() != 0) other->wait(broadcast);
  EXPECT_EQ(group.all_reduce(1.0), group.size());
  if (group.rank() == 0) other->wait(broadcast);
  EXPECT_EQ(bytes.back(), std::byte{0});
}

/// What every rank holds after an all-reduce of numbers whose sum rounds is compared bit by bit.
void gives_every_rank_the_same_bits(Communicator& group) {
  for (const std::size_t count : {std::size_t{7}, std::size_t{50000}}) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = 1.0F / static_cast<float>(3 + i + 11 * static_cast<std::size_t>(group.rank()));
    const Buffer buffer = group.allocate(static_cast<std::int64_t>(count * sizeof(float)));
    const std::span<float> allocated(buffer.data<float>(), count);
    std::ranges::copy(values, allocated.begin());
    for (const std::span<float> sums : {std::span(values), allocated}) {
      group.all_reduce(sums);
      std::vector<float> of_rank_0(sums.begin(), sums.end());
      group.broadcast(std::as_writable_bytes(std::span(of_rank_0)));
      EXPECT_TRUE(std::ranges::equal(sums, of_rank_0));
    }
  }
}

void refuses_a_spent_request(Communicator& group) {
  EXPECT_THROW(group.test(Communicator::Request{}), Error);
}

void agrees_on_success(Communicator& group) {
  EXPECT_EQ(agree(group, [&] { return group.rank() + 1; }), group.rank() + 1);
}

void agrees_when_all_fail_alike(Communicator& group) {
  try {
    agree(group, [] { throw Error(ExitCode::kNoInput, "no file x"); });
    ADD_FAILURE() << "did not throw";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::kNoInput);
    EXPECT_STREQ(error.what(), "no file x");
    EXPECT_EQ(error.reporter(), 0);
  }
}

void agrees_when_some_fail(Communicator& group) {
  const int failing = group.size() / 2;
  if (group.size() == 1) return;
  try {
    agree(group, [&] {
      if (group.rank() >= failing) throw Error(ExitCode::kData, "bad byte " + std::to_string(group.rank()));
    });
    ADD_FAILURE() << "did not throw";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    const std::string rank = std::to_string(failing);
    EXPECT_EQ(error.what(), "bad byte " + rank + " (rank " + rank + " on host " + group.host() + ")");
    EXPECT_EQ(error.reporter(), failing);
  }
  group.barrier();
}

}  // namespace

std::vector<CommunicatorCheck> communicator_checks() {
  return {{"ReducesFloat32", reduces_to_closed_forms<float>},
          {"ReducesFloat64", reduces_to_closed_forms<double>},
          {"ReducesInt64", reduces_to_closed_forms<std::int64_t>},
          {"ReducesUint8", reduces_to_closed_forms<std::uint8_t>},
          {"ReducesAllocatedFloat32", reduces_allocated_memory<float>},
          {"ReducesAllocatedFloat64", reduces_allocated_memory<double>},
          {"ReducesAllocatedInt64", reduces_allocated_memory<std::int64_t>},
          {"ReducesAllocatedUint8", reduces_allocated_memory<std::uint8_t>},
          {"LeavesMemoryBehind", leaves_memory_behind},
          {"ReplicatesMemory", replicates_memory},
          {"ReducesOneValue", reduces_one_value},
          {"ReducesNothing", reduces_nothing},
          {"BroadcastsFromEveryRoot", broadcasts_from_every_root},
          {"GathersDifferentSizes", gathers_different_sizes},
          {"GathersTexts", gathers_texts},
          {"OverlapsCollectives", overlaps_collectives},
          {"TestsWithoutWaiting", tests_without_waiting},
          {"KeepsDuplicatesApart", keeps_duplicates_apart},
          {"AdvancesDuplicates", advances_duplicates},
          {"GivesEveryRankTheSameBits", gives_every_rank_the_same_bits},
          {"SumsAlongTrees", sums_along_trees},
          {"OverlapsTreeSums", overlaps_tree_sums},
          {"RefusesASpentRequest", refuses_a_spent_request},
          {"AgreesOnSuccess", agrees_on_success},
          {"AgreesWhenAllFailAlike", agrees_when_all_fail_alike},
          {"AgreesWhenSomeFail", agrees_when_some_fail}};
}

}  // namespace ktrain
