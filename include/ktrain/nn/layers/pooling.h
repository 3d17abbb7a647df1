#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.MaxPooling1D, 2D and 3D (the largest element of each window) and AveragePooling1D, 2D and 3D
/// (the mean of its elements), channels last: (N, space…, C) -> (N, space'…, C). Padding is never selected
/// and not counted.
template <std::size_t kAxes>
struct PoolingOptions {
  Spatial<kAxes> pool_size = each_axis<kAxes>(2);
  std::optional<Spatial<kAxes>> strides = {};  ///< null: pool_size
  Padding padding = Padding::kValid;           ///< not kCausal
};
using Pooling1DOptions = PoolingOptions<1>;
using Pooling2DOptions = PoolingOptions<2>;
using Pooling3DOptions = PoolingOptions<3>;

// All throw Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_max_pooling1d(const std::string& name, const Pooling1DOptions& options,
                                          bool trainable = true);
std::unique_ptr<Layer> make_max_pooling2d(const std::string& name, const Pooling2DOptions& options,
                                          bool trainable = true);
std::unique_ptr<Layer> make_max_pooling3d(const std::string& name, const Pooling3DOptions& options,
                                          bool trainable = true);
std::unique_ptr<Layer> make_average_pooling1d(const std::string& name, const Pooling1DOptions& options,
                                              bool trainable = true);
std::unique_ptr<Layer> make_average_pooling2d(const std::string& name, const Pooling2DOptions& options,
                                              bool trainable = true);
std::unique_ptr<Layer> make_average_pooling3d(const std::string& name, const Pooling3DOptions& options,
                                              bool trainable = true);

}  // namespace ktrain
