#pragma once

#include "keras/layer_config.h"
#include "ktrain/nn/layers/image_layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

// Arguments that the preprocessing layers for images share. Errors are LayerConfig's.

/// What all of them have.
ImageLayerOptions read_image_layer(LayerConfig& config);

/// What a factor may be, and what a single number f stands for.
struct FactorRule {
  double low = -1;
  double high = 1;
  bool symmetric = true;  ///< [-f, f], but not below `low`; else [0, f]
};

/// A number or a list of two, as a range in order; absent, [0, 0]. Of two numbers Keras asks only that not
/// both are beyond the same end of the rule.
RandomRange read_factor(LayerConfig& config, const char* key, const FactorRule& rule);
/// The same where each of two numbers must be within the rule, and one must be given.
RandomRange read_strict_factor(LayerConfig& config, const char* key, const FactorRule& rule);

ValueRange read_value_range(LayerConfig& config);
/// interpolation: bilinear or nearest, and what resizing knows beyond.
Interpolation read_interpolation(LayerConfig& config, bool for_resizing);
/// fill_mode, interpolation, fill_value.
MovedPixels read_moved_pixels(LayerConfig& config);
HeightWidth read_height_width(LayerConfig& config);

}  // namespace ktrain
