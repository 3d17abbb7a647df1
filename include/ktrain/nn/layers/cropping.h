#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.Cropping1D, 2D and 3D, channels last: the samples without their margins, (N, space…, C) ->
/// (N, space − before − after…, C).
template <std::size_t kAxes>
struct CroppingOptions {
  Margins<kAxes> cropping = each_margin<kAxes>(kAxes == 2 ? 0 : 1);  ///< as in Keras
};
using Cropping1DOptions = CroppingOptions<1>;
using Cropping2DOptions = CroppingOptions<2>;
using Cropping3DOptions = CroppingOptions<3>;

// All throw Error{kConfiguration} on a negative number; build, when nothing is left.
std::unique_ptr<Layer> make_cropping1d(const std::string& name, const Cropping1DOptions& options,
                                       bool trainable = true);
std::unique_ptr<Layer> make_cropping2d(const std::string& name, const Cropping2DOptions& options,
                                       bool trainable = true);
std::unique_ptr<Layer> make_cropping3d(const std::string& name, const Cropping3DOptions& options,
                                       bool trainable = true);

}  // namespace ktrain
