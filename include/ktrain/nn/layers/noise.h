#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"

// Layers that blur their input in training and pass it through otherwise. Their random numbers hang on the
// seed, the layer, its call, the epoch and the sample's position, so that any number of workers draws the
// same.
namespace ktrain {

struct NoiseOptions {
  /// GaussianNoise: the standard deviation, at least 0. The others: the rate, in [0, 1).
  double amount = 0;
  std::optional<std::uint64_t> seed = {};  ///< none: the run's
};

/// keras.layers.GaussianNoise: x + N(0, stddev^2).
std::unique_ptr<Layer> make_gaussian_noise(const std::string& name, const NoiseOptions& options,
                                           bool trainable = true);

/// keras.layers.GaussianDropout: x N(1, rate / (1 - rate)) (Srivastava et al., JMLR 15, 2014).
std::unique_ptr<Layer> make_gaussian_dropout(const std::string& name, const NoiseOptions& options,
                                             bool trainable = true);

/// keras.layers.AlphaDropout: a (kept ? x : p) + b with p = -1.7580993, kept with probability 1 - rate, a =
/// 1 / sqrt((1 - rate) (1 + rate p^2)) and b = -a p rate: mean 0 and variance 1 stay (Klambauer et al.,
/// arXiv:1706.02515).
std::unique_ptr<Layer> make_alpha_dropout(const std::string& name, const NoiseOptions& options,
                                          bool trainable = true);

}  // namespace ktrain
