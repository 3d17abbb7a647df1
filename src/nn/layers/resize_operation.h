#pragma once

#include <memory>

#include "nn/layers/image_operation.h"
#include "ops/resize.h"

namespace ktrain {

/// A box of an image resized to `target`.
std::unique_ptr<ImageOperation> make_resize_operation(const ImageSize& image, const ImageBox& box,
                                                      HeightWidth target, const ResizeOptions& options = {});

}  // namespace ktrain
