#include "parallel/replica_check.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "comm/threads/run_ranks.h"
#include "ktrain/comm/agree.h"

namespace ktrain {
namespace {

/// kernel 0 … 11, moving mean (not trainable) 16 … 19, bias 12 … 15 in the flat values.
FlatParameters layers() {
  return FlatParameters({{"dense/kernel", {3, 4}, true, {}},
                         {"norm/moving_mean", {4}, false, {}},
                         {"dense/bias", {4}, true, {}}});
}

/// The message of check_replicas among four ranks after `disturb(rank, values)`; empty when they agree.
std::string message_after(const std::function<void(int, std::span<float>)>& disturb) {
  try {
    run_ranks(4, [&](Communicator& group) {
      FlatParameters parameters = layers();
      disturb(group.rank(), parameters.values());
      check_replicas(group, parameters, "epoch 2 end");
    });
    return "";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::kReplicasDisagree);
    EXPECT_EQ(error.reporter(), 0);
    return error.what();
  }
}

std::string host() {
  return make_self_communicator()->host();
}

TEST(CheckReplicas, AcceptsTheSameValues) {
  EXPECT_EQ(message_after([](int, std::span<float> values) { values[3] = 7; }), "");
}

TEST(CheckReplicas, NamesTheFirstDifferingVariableAndTheRank) {
  EXPECT_EQ(message_after([](int rank, std::span<float> values) {
              if (rank == 3) values[12] = values[17] = 1e-30F;
            }),
            "replicas disagree at epoch 2 end: norm/moving_mean differs on rank 3 (host " + host() + ")");
}

TEST(CheckReplicas, NamesTheMinority) {
  EXPECT_EQ(message_after([](int rank, std::span<float> values) { values[0] = rank == 0 ? 1.0F : 2.0F; }),
            "replicas disagree at epoch 2 end: dense/kernel differs on rank 0 (host " + host() + ")");
  EXPECT_EQ(
      message_after([](int rank, std::span<float> values) { values[0] = static_cast<float>(rank / 2); }),
      "replicas disagree at epoch 2 end: dense/kernel differs on rank 2 (host " + host() +
          "), rank 3 (host " + host() + ")");
}

}  // namespace
}  // namespace ktrain
