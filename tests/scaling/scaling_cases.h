#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "ktrain/core/error.h"
#include "scaling/scale_run.h"

namespace ktrain {

inline HyperParameters sgd(double learning_rate, std::optional<double> momentum) {
  return {.optimizer = OptimizerFamily::kSgd, .learning_rate = learning_rate, .momentum = momentum};
}

inline HyperParameters adam(double learning_rate = 1e-3, double epsilon = 1e-8,
                            OptimizerFamily family = OptimizerFamily::kAdam) {
  return {.optimizer = family,
          .learning_rate = learning_rate,
          .beta_1 = 0.9,
          .beta_2 = 0.999,
          .epsilon = epsilon};
}

inline HyperParameters rmsprop() {
  return {.optimizer = OptimizerFamily::kRmsprop, .learning_rate = 1e-3, .rho = 0.9, .epsilon = 1e-7};
}

inline ScaledRun scale(const HyperParameters& base, std::int64_t from, std::int64_t to,
                       const std::string& rule, std::optional<double> noise_scale = {}) {
  return scale_run(base, {from, to, noise_scale}, {.rule = rule});
}

inline bool any_holds(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

/// Fails unless `run` throws Error with this code and a message that holds `part`.
inline void expect_refusal(const std::function<void()>& run, ExitCode code, const std::string& part) {
  try {
    run();
    ADD_FAILURE() << "no refusal that says " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace ktrain
