#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Embedding: rows of a table by their indices, (N, …) -> (N, …, output_dim). Its mask, with
/// mask_zero, is make_not_equal_mask(…, 0, false) of its input.
struct EmbeddingOptions {
  std::int64_t input_dim = 0;  ///< indices are 0 … input_dim - 1; at most 2^24, where float32 ends to count
  std::int64_t output_dim = 0;
  std::shared_ptr<const Initializer> embeddings_initializer = {};  ///< null: RandomUniform(-0.05, 0.05)
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
};

/// Variable: embeddings (input_dim, output_dim); its gradient is dense. Throws Error{kConfiguration} on
/// dimensions below 1 and above the limit; the kernel, Error{kData} that names layer and value for an input
/// that is no index.
std::unique_ptr<Layer> make_embedding(const std::string& name, const EmbeddingOptions& options,
                                      bool trainable = true);

}  // namespace ktrain
