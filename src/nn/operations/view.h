#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// The shape under which a sample of this shape is seen; it refuses, in the layer's name, what does not fit.
using ViewRule = std::function<Shape(const Layer& layer, const Shape& sample)>;

/// The same numbers under another shape of as many elements.
std::unique_ptr<Layer> make_view(const std::string& name, const std::string& class_name, ViewRule rule);

}  // namespace ktrain
