#pragma once

#include <chrono>

namespace ktrain {

/// How a polling loop spends the time between two polls: at first it polls again at once, then it yields the
/// processor (several ranks may share one), and in a long wait it sleeps.
class Backoff {
 public:
  void pause();
  /// Since this wait began.
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point start_ = Clock::now();
  int polls_ = 0;
};

}  // namespace ktrain
