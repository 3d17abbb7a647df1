#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.ZeroPadding1D, 2D and 3D, channels last: zeros around the samples, (N, space…, C) ->
/// (N, before + space + after…, C).
template <std::size_t kAxes>
struct ZeroPaddingOptions {
  Margins<kAxes> padding = each_margin<kAxes>(1);
};
using ZeroPadding1DOptions = ZeroPaddingOptions<1>;
using ZeroPadding2DOptions = ZeroPaddingOptions<2>;
using ZeroPadding3DOptions = ZeroPaddingOptions<3>;

// All throw Error{kConfiguration} on a negative number.
std::unique_ptr<Layer> make_zero_padding1d(const std::string& name, const ZeroPadding1DOptions& options,
                                           bool trainable = true);
std::unique_ptr<Layer> make_zero_padding2d(const std::string& name, const ZeroPadding2DOptions& options,
                                           bool trainable = true);
std::unique_ptr<Layer> make_zero_padding3d(const std::string& name, const ZeroPadding3DOptions& options,
                                           bool trainable = true);

}  // namespace ktrain
