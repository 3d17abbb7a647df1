#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ktrain/nn/layer.h"
#include "ops/binary.h"

namespace ktrain {

/// The inputs of a merging layer for some rows, all with as many axes: as Keras's Merge does, those with
/// fewer get axes of 1 behind the batch.
struct MergeShapes {
  std::vector<Shape> inputs;
  std::vector<Shape> partial;  ///< partial[k]: of the merge of inputs 0 … k
  const Shape& output() const { return partial.back(); }
};
/// Nothing when the shapes do not fit.
std::optional<MergeShapes> merge_shapes(std::int64_t rows, std::span<const Shape> samples);

/// What one class of merging layers does.
struct MergeClass {
  const char* class_name;
  BinaryKind kind;
  bool averages = false;
  bool takes_two = false;
};

/// Folds the inputs from the left with a function that is not linear.
std::unique_ptr<LayerKernel> make_fold_merge_kernel(const MergeShapes& shapes, BinaryKind kind,
                                                    bool training);

/// The same for `count` inputs of one shape, each with a mask, which follow the inputs: an element without a
/// one in its mask is left out; where all are, Multiply gives 0, the others give the first input.
std::unique_ptr<LayerKernel> make_masked_merge_kernel(BinaryKind kind, std::size_t count);
inline constexpr std::size_t kMostMaskedInputs = 32;

/// Such a kernel for inputs of several shapes. `samples` are theirs as they were given.
std::unique_ptr<LayerKernel> make_spread_merge_kernel(std::unique_ptr<LayerKernel> kernel,
                                                      const MergeShapes& shapes,
                                                      std::span<const Shape> samples, bool training);

}  // namespace ktrain
