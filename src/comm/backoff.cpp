#include "comm/backoff.h"

#include <thread>

namespace ktrain {
namespace {

constexpr int kSpins = 50;
// By then somebody computes, reads or writes; a late wake-up is lost in it.
constexpr double kSecondsBeforeSleep = 0.5;
constexpr std::chrono::microseconds kSleep{200};

}  // namespace

void Backoff::pause() {
  if (++polls_ <= kSpins) return;
  if (seconds() < kSecondsBeforeSleep) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(kSleep);
  }
}

}  // namespace ktrain
