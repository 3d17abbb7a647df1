#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.GlobalMaxPooling1D, 2D and 3D and GlobalAveragePooling1D, 2D and 3D, channels last:
/// (N, space…, C) -> (N, C), or (N, 1…, C) with keepdims.
struct GlobalPoolingOptions {
  bool keepdims = false;
};

std::unique_ptr<Layer> make_global_max_pooling1d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable = true);
std::unique_ptr<Layer> make_global_max_pooling2d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable = true);
std::unique_ptr<Layer> make_global_max_pooling3d(const std::string& name, const GlobalPoolingOptions& options,
                                                 bool trainable = true);
/// May have a second input, the mask (N, steps) of the first: the mean is then that of the steps where it is
/// not 0, NaN where there are none.
std::unique_ptr<Layer> make_global_average_pooling1d(const std::string& name,
                                                     const GlobalPoolingOptions& options,
                                                     bool trainable = true);
std::unique_ptr<Layer> make_global_average_pooling2d(const std::string& name,
                                                     const GlobalPoolingOptions& options,
                                                     bool trainable = true);
std::unique_ptr<Layer> make_global_average_pooling3d(const std::string& name,
                                                     const GlobalPoolingOptions& options,
                                                     bool trainable = true);

}  // namespace ktrain
