#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/philox.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// Fills a new variable, as the Keras class of the same name (keras.initializers).
class Initializer {
 public:
  virtual ~Initializer() = default;
  /// `values` has shape.elements() elements. Element i uses the stream's number i at position 0 (and, where
  /// it is drawn again, at positions 1, 2, …), so that the values depend on the stream (the run's seed and
  /// the variable's name) alone. Throws Error{kConfiguration} for a shape that this initializer cannot fill.
  virtual void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const = 0;
  /// This initializer with its fans taken from these axes, for one that has fans and was given no axes; null
  /// otherwise.
  virtual std::shared_ptr<const Initializer> with_axes(const std::vector<int>& input_axes,
                                                       const std::vector<int>& output_axes) const;
};

/// The arguments of every initializer under Keras's names, with Keras's defaults; each class reads its own.
struct InitializerOptions {
  double value = 0;                               ///< Constant
  double mean = 0;                                ///< RandomNormal, TruncatedNormal
  double stddev = 0.05;                           ///< RandomNormal, TruncatedNormal
  double minval = -0.05;                          ///< RandomUniform
  double maxval = 0.05;                           ///< RandomUniform
  double gain = 1;                                ///< Identity, Orthogonal
  double scale = 1;                               ///< VarianceScaling
  std::string mode = "fan_in";                    ///< VarianceScaling: or "fan_out", "fan_avg"
  std::string distribution = "truncated_normal";  ///< VarianceScaling: or "untruncated_normal", "uniform"
  std::vector<int> input_axes = {};               ///< VarianceScaling and its kin: axes whose sizes make
  std::vector<int> output_axes = {};              ///< the fans; both empty: the shape's usual ones
};

/// By Keras's class name ("GlorotUniform"), snake-case name ("glorot_uniform") or alias ("zero", "normal",
/// …). Throws Error{kConfiguration} for an unknown name, listing the known ones, and for options out of
/// range.
std::shared_ptr<const Initializer> make_initializer(const std::string& name,
                                                    const InitializerOptions& options = {});

}  // namespace ktrain
