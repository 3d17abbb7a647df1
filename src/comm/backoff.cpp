#include "comm/backoff.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace ktrain {
namespace {

constexpr int kSpins = 50;
// By then somebody computes, reads or writes, with more workers than cores on this one's core.
constexpr double kSecondsBeforeSleep = 0.005;
/// A wake-up is late by no more than this part of the wait.
constexpr double kLateness = 0.02;
constexpr double kLongestSleep = 1e-3;

}  // namespace

void Backoff::pause() {
  if (++polls_ <= kSpins) return;
  const double waited = seconds();
  if (waited < kSecondsBeforeSleep) {
    std::this_thread::yield();
  } else {
    const double sleep = std::min(waited * kLateness, kLongestSleep);
    std::this_thread::sleep_for(std::chrono::duration<double>(sleep));
  }
}

}  // namespace ktrain
