#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace ktrain {

/// Threads that this process computes with (oneDNN's pool and the loops below share them). At least 1.
int thread_count();
void set_thread_count(int threads);

/// Processors in this process's affinity mask.
int available_processors();
/// The mask itself, a 0 or 1 for each processor: equal where two processes may run on the same processors.
std::string processor_mask();

/// Calls `body(begin, end)` on disjoint ranges that together are [0, count), on up to thread_count() threads
/// of oneDNN's own pool. A range has at least `grain` elements (or all). `body` must be element-wise: the cut
/// may be anywhere. Exceptions must not leave `body`.
template <typename Body>
void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
  const std::int64_t pieces =
      std::min<std::int64_t>(thread_count(), count / std::max<std::int64_t>(grain, 1));
  if (pieces <= 1) {
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
#pragma omp parallel for num_threads(static_cast <int>(pieces)) schedule(static, 1)
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    body(count * piece / pieces, count * (piece + 1) / pieces);
  }
}

}  // namespace ktrain
