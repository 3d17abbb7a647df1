#pragma once

#include <algorithm>
#include <cstdint>

namespace ktrain {

/// When the gradient noise scale is measured in training. The estimate comes from the pieces of one global
/// batch (McCandlish et al., arXiv:1812.06162, appendix A.1): of a run's shards, else of an eighth of the
/// batch each, a fixed partition that no number of workers changes. For a step that is measured workers get
/// whole pieces; its result is what it is otherwise, up to rounding. Stratified
/// samples have the smaller noise of such pieces.
struct NoiseOptions {
  /// Samples between two measurements, through all epochs; 0: none. A step measures when it is of a whole
  /// batch and one of its samples is number 0, every_samples, 2·every_samples, … of the run.
  std::int64_t every_samples = 0;
  /// Of the running means of |G|² and tr(Sigma), per measurement; 1: plain means of all.
  double momentum = 0.9;
};

/// The interval for a cost below 1 % of the training time. What a step with P pieces does beyond one that
/// does not measure hardly grows with its samples: for each trainable number some 7P - 5 more floats are read
/// or written (weights by the kernels of every piece, gradients where they are computed, added up and
/// squared), 204 bytes at P = 8, and 3P + 1 operations are done, as many as a dense layer does for four
/// samples. Where 3, 5, 6 or 7 workers share the 8 pieces, some wait, for three quarters of a step at most;
/// more than 8 should have shards of the run's. tests/bench/speed --parts noise measures it: 0.4 % at most
/// for one worker.
inline std::int64_t default_noise_interval(std::int64_t global_batch) {
  return std::max<std::int64_t>(30000, 100 * global_batch);
}

}  // namespace ktrain
