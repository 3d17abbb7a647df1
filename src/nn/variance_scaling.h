#pragma once

#include "ktrain/nn/initializer.h"

namespace ktrain {

/// keras.initializers.VarianceScaling: variance scale / max(1, fan). GlorotUniform and its kin are this with
/// other options.
class VarianceScaling : public Initializer {
 public:
  explicit VarianceScaling(const InitializerOptions& options);
  void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const override;
  std::shared_ptr<const Initializer> with_axes(const std::vector<int>& input_axes,
                                               const std::vector<int>& output_axes) const override;

 private:
  double fan(const Shape& shape) const;

  InitializerOptions options_;
};

/// How many inputs an output sums over and how many outputs an input feeds, read off a variable's shape
/// (Keras's compute_fans).
struct Fans {
  double in = 1;
  double out = 1;
};
Fans fans_of(const Shape& shape);

}  // namespace ktrain
