#pragma once

#include <cmath>
#include <cstdint>

namespace ktrain {

/// beta^t for the float32 beta, rounded to float32 as in Keras: at t = 1 and beta_2 = 0.999 the rounding of
/// beta alone moves 1 - beta^t by 1e-5 of itself.
inline float power(double beta, std::int64_t t) {
  return static_cast<float>(std::pow(static_cast<double>(static_cast<float>(beta)), static_cast<double>(t)));
}

}  // namespace ktrain
