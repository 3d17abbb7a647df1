#pragma once

#include "ktrain/nn/initializer.h"

namespace ktrain {

/// keras.initializers.Orthogonal: gain times a random matrix (product of the leading dimensions × last
/// dimension) whose columns, or rows if there are fewer, are orthonormal; uniform among such matrices.
class Orthogonal : public Initializer {
 public:
  explicit Orthogonal(double gain) : gain_(gain) {}
  void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const override;

 private:
  double gain_;
};

}  // namespace ktrain
