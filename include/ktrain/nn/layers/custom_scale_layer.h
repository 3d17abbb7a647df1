#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// CustomScaleLayer of keras.applications.inception_resnet_v2: y = a + scale b for inputs a, b of one shape
/// (Szegedy et al. 2016, arXiv:1602.07261).
struct CustomScaleLayerOptions {
  double scale = 1;
};

std::unique_ptr<Layer> make_custom_scale_layer(const std::string& name,
                                               const CustomScaleLayerOptions& options, bool trainable = true);

}  // namespace ktrain
