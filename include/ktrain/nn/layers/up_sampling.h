#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/image.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.UpSampling1D, 2D and 3D, channels last: each element `size` times along each axis,
/// (N, space…, C) -> (N, space·size…, C).
template <std::size_t kAxes>
struct UpSamplingOptions {
  Spatial<kAxes> size = each_axis<kAxes>(2);
};
using UpSampling1DOptions = UpSamplingOptions<1>;
using UpSampling3DOptions = UpSamplingOptions<3>;

/// With another interpolation than kNearest, the image resized to `size` times its own (keras.ops.image.
/// resize, ops/resize.h).
struct UpSampling2DOptions {
  HeightWidth size{2, 2};
  Interpolation interpolation = Interpolation::kNearest;
};

// All throw Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_up_sampling1d(const std::string& name, const UpSampling1DOptions& options,
                                          bool trainable = true);
std::unique_ptr<Layer> make_up_sampling2d(const std::string& name, const UpSampling2DOptions& options,
                                          bool trainable = true);
std::unique_ptr<Layer> make_up_sampling3d(const std::string& name, const UpSampling3DOptions& options,
                                          bool trainable = true);

}  // namespace ktrain
