#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Dropout: in training, each element is kept with probability 1 - rate, and then divided by it;
/// otherwise 0 (Srivastava et al. 2014, JMLR 15:1929). Which elements, is a function of (seed, layer name,
/// call, epoch, position in the epoch, element): the same for every cut of the batch.
struct DropoutOptions {
  double rate = 0;
  /// The shape, batch dimension first, of the random numbers, broadcast over the input; null entries are the
  /// input's. Empty: all of the input's. The batch entry must be null: samples are independent.
  std::vector<std::optional<std::int64_t>> noise_shape = {};
  std::optional<std::uint64_t> seed = {};  ///< null: the run's
};

/// Throws Error{kConfiguration} on a rate outside [0, 1].
std::unique_ptr<Layer> make_dropout(const std::string& name, const DropoutOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
