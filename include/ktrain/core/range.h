#pragma once

#include <cstdint>

namespace ktrain {

/// The whole numbers begin … end − 1: elements of a flat buffer, positions of an epoch, shards of a step.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

}  // namespace ktrain
