#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.SpectralNormalization (Miyato et al., arXiv:1802.05957): `layer`, whose kernel (or
/// embeddings), a matrix W of its last axis against all others, is divided by its largest singular value
/// before each step of training:
///
///   v = normalize(u W^T), u = normalize(v W), power_iterations times; W := W / (v W u^T)
///
/// with normalize(x) = x min(1 / sqrt(sum of x^2), 1e7); a W of zeros is left alone. As in Keras's eager mode
/// the kernel itself changes: gradients are those of the divided one, which the optimizer then moves. (Keras
/// on JAX forgets the division after the step.)
///
/// Variables: the kernel, vector_u (1, out), not trained, and the layer's others, the layer's in the object
/// "layer".
std::unique_ptr<Layer> make_spectral_normalization(const std::string& name, std::unique_ptr<Layer> layer,
                                                   std::int64_t power_iterations = 1, bool trainable = true);

}  // namespace ktrain
