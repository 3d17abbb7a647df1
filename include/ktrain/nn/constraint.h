#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ktrain/tensor/shape.h"

namespace ktrain {

/// What a variable is brought back to after each update (keras.constraints). With n the L2 norm of w over
/// `axis` and e = 1e-7: MaxNorm: w·min(n, max_value) / (e + n); UnitNorm: w / (e + n); NonNeg: max(w, 0);
/// MinMaxNorm: w·(rate·clip(n, min_value, max_value) + (1 - rate)·n) / (e + n).
struct Constraint {
  enum class Kind { kNone, kMaxNorm, kMinMaxNorm, kNonNeg, kUnitNorm };
  Kind kind = Kind::kNone;
  float min_value = 0;  ///< MinMaxNorm
  float max_value = 2;  ///< MaxNorm, MinMaxNorm (where Keras's default is 1)
  float rate = 1;       ///< MinMaxNorm
  /// The axes that a norm runs over, negative ones from the back; none: all.
  std::vector<int> axis = {0};
  bool active() const { return kind != Kind::kNone; }
};

/// The first of the constraint's axes that a variable of this shape does not have.
std::optional<int> misplaced_axis(const Constraint& constraint, const Shape& shape);

/// values = constraint(values) for a variable of this shape. Sums in float64 in a fixed order; allocates
/// nothing.
void apply_constraint(const Constraint& constraint, const Shape& shape, std::span<float> values);

}  // namespace ktrain
