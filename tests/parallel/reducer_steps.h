#pragma once

#include <cstdint>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "parallel/gradient_reducer.h"

namespace ktrain {

/// A cut of [0, count) into random ranges, in random order.
std::vector<Range> random_announcements(std::int64_t count, std::uint32_t seed);

/// Two steps each of a reducer over `count` elements of the group's memory and of other memory: rank r brings
/// (r + 1)·(i mod 13) at element i, and announces in an order of its own; the last of several ranks has no
/// samples, brings zeros and announces nothing. Expects the closed form of the sum on every rank.
void expect_reduced(Communicator& group, std::int64_t count, const ReducerOptions& options);

}  // namespace ktrain
