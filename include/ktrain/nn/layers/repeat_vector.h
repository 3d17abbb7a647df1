#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.RepeatVector: (N, C) -> (N, n, C), the vector n times.
struct RepeatVectorOptions {
  std::int64_t n = 1;
};

/// Throws Error{kConfiguration} on n < 1.
std::unique_ptr<Layer> make_repeat_vector(const std::string& name, const RepeatVectorOptions& options,
                                          bool trainable = true);

}  // namespace ktrain
