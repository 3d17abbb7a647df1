#pragma once

#include <cstddef>
#include <functional>

namespace ktrain::trajectories {

/// Calls run(0) to run(count - 1), so many threads at a time, each computing on one thread, and shows the
/// progress on a terminal. Rethrows what one of them throws; none begins after that.
void for_all_runs(std::size_t count, int threads, const std::function<void(std::size_t)>& run);

}  // namespace ktrain::trajectories
