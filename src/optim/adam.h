#pragma once

#include "optim/update.h"

namespace ktrain {

/// Adam's rates in one update.
struct AdamRates {
  float alpha, rest_1, rest_2, epsilon;  // rest: 1 - beta
};
AdamRates adam_rates(float learning_rate, double beta_1, double beta_2, double epsilon, std::int64_t t);

/// Adam's rule (rules.h) with the slots m and v.
void adam_update(AdamRates rates, OptimizerUpdate update, float* m, float* v);

}  // namespace ktrain
