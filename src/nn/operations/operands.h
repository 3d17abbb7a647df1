#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// A number, or an array of them, that stands in a model's graph.
struct Literal {
  Shape shape;
  std::vector<float> values;
};

/// An operand of an operation: a literal, or nothing for the next of the layer's inputs.
using Operand = std::optional<Literal>;

/// The operands' shapes for `rows` rows of samples of these shapes, aligned at the last axis as NumPy does.
/// Refuses what would bring a sample together with another: inputs of different rank, literals with more axes
/// than the inputs, or with something along the batch.
std::vector<Shape> operand_shapes(const Layer& layer, std::span<const Operand> operands,
                                  std::span<const Shape> samples, std::int64_t rows);

}  // namespace ktrain
