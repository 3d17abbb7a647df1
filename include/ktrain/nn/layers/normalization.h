#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Normalization: (x - mean) / max(sqrt(variance), 1e-7) with the mean and the variance of each
/// place along some axes, or of all elements where there is none.
struct NormalizationOptions {
  std::vector<int> axis = {-1};  ///< the batch dimension counted; not it
  /// What the statistics are where the layer was told, with as many axes as `shape` has, which are the last
  /// ones of `axis` in the samples' order and may be 1 for all.
  struct Given {
    Shape shape;
    std::vector<float> mean;
    std::vector<float> variance;
  };
  std::optional<Given> given = {};
  bool invert = false;  ///< mean + x max(sqrt(variance), 1e-7)
};

/// Variables, unless they were given: mean and variance of the axes' sizes and a count, none of them trained.
std::unique_ptr<Layer> make_normalization(const std::string& name, const NormalizationOptions& options,
                                          bool trainable = true);

}  // namespace ktrain
