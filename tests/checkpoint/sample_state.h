#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace ktrain::testing {

/// A little state with a field of each kind.
struct SampleState {
  std::vector<float> values = std::vector<float>(12);
  std::vector<std::int64_t> order{3, 1, 2};
  std::int64_t position = 0;
  double learning_rate = 0;
  std::string optimizer;

  void visit_state(StateVisitor& visitor) {
    const std::array<std::int64_t, 2> dims{4, static_cast<std::int64_t>(values.size()) / 4};
    const std::array<std::int64_t, 1> length{static_cast<std::int64_t>(order.size())};
    visitor.array("model/values", values.data(), DType::kFloat32, dims);
    visitor.array("order", order.data(), DType::kInt64, length);
    visitor.integer("run/position", position);
    visitor.number("optimizer/learning_rate", learning_rate);
    visitor.string("optimizer/name", optimizer);
  }
  friend bool operator==(const SampleState&, const SampleState&) = default;
};

inline SampleState sample_state(std::int64_t position = 1234567890123) {
  SampleState state{{}, {1, 2, 3}, position, 0.1, "adam"};
  state.values.resize(12);
  std::iota(state.values.begin(), state.values.end(), 0.25F);
  return state;
}

inline std::vector<std::byte> checkpoint_bytes(SampleState state) {
  CheckpointWriter writer;
  state.visit_state(writer);
  return writer.bytes();
}

}  // namespace ktrain::testing
