#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// keras.Model.fit's class_weight: each sample's weight times the factor of its target's class. The class is
/// the target rounded to a whole number (halves to even), or the first largest of several numbers; a class
/// without a factor has 1. Sample weights of more than one number are all multiplied, as Keras 2 does; Keras
/// 3 takes class weights or sample weights, not both.
class ClassWeights {
 public:
  /// `target` is a sample's. Throws Error{kConfiguration} when it holds more than one class.
  ClassWeights(std::map<std::int64_t, double> factors, const Shape& target, bool loss_takes_classes);

  /// The weights of these rows, (N,) or the sample weights' shape; valid until the next call.
  ConstTensorView weights(const LossInput& input);

 private:
  float factor_of(std::span<const float> target) const;

  std::map<std::int64_t, double> factors_;
  std::vector<float> targets_, weights_;
};

}  // namespace ktrain
