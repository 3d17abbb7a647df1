#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.AdaptiveMaxPooling1D, 2D and 3D and AdaptiveAveragePooling1D, 2D and 3D, channels last:
/// (N, space…, C) -> (N, output_size…, C); output o of n' along an axis of n is made of the inputs
/// floor(o·n / n') to ceil((o + 1)·n / n') − 1.
template <std::size_t kAxes>
struct AdaptivePoolingOptions {
  Spatial<kAxes> output_size = each_axis<kAxes>(1);
};
using AdaptivePooling1DOptions = AdaptivePoolingOptions<1>;
using AdaptivePooling2DOptions = AdaptivePoolingOptions<2>;
using AdaptivePooling3DOptions = AdaptivePoolingOptions<3>;

// All throw Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_adaptive_max_pooling1d(const std::string& name,
                                                   const AdaptivePooling1DOptions& options,
                                                   bool trainable = true);
std::unique_ptr<Layer> make_adaptive_max_pooling2d(const std::string& name,
                                                   const AdaptivePooling2DOptions& options,
                                                   bool trainable = true);
std::unique_ptr<Layer> make_adaptive_max_pooling3d(const std::string& name,
                                                   const AdaptivePooling3DOptions& options,
                                                   bool trainable = true);
std::unique_ptr<Layer> make_adaptive_average_pooling1d(const std::string& name,
                                                       const AdaptivePooling1DOptions& options,
                                                       bool trainable = true);
std::unique_ptr<Layer> make_adaptive_average_pooling2d(const std::string& name,
                                                       const AdaptivePooling2DOptions& options,
                                                       bool trainable = true);
std::unique_ptr<Layer> make_adaptive_average_pooling3d(const std::string& name,
                                                       const AdaptivePooling3DOptions& options,
                                                       bool trainable = true);

}  // namespace ktrain
