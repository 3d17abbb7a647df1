#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// LayerScale of keras.applications.convnext: y = x gamma, a factor for each element of the last axis,
/// learned (Touvron et al. 2021, arXiv:2103.17239).
struct LayerScaleOptions {
  std::int64_t projection_dim = 0;  ///< of the last axis
  double init_values = 0;           ///< of every gamma
};

std::unique_ptr<Layer> make_layer_scale(const std::string& name, const LayerScaleOptions& options,
                                        bool trainable = true);

}  // namespace ktrain
