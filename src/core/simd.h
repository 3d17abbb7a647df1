#pragma once

// KTRAIN_SIMD marks a free function whose loops are compiled for AVX-512, AVX2 and the baseline, the best one
// chosen when the program starts. Contraction is off, so each version rounds alike: a loop gives the same
// bits on every machine as long as its sums have a fixed order (kLanes partial sums, never "as wide as the
// machine"). Sanitizers run before the choice can be made and get the baseline.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)
#define KTRAIN_SIMD __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define KTRAIN_SIMD
#endif

namespace ktrain {

/// Partial sums kept side by side where a sum is to be vectorized: element i goes to lane i mod kLanes.
inline constexpr int kLanes = 16;

}  // namespace ktrain
