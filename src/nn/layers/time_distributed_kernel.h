#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// All steps of all rows as the rows of one kernel, which gets the first `inputs` inputs: row r's step t is
/// row r·steps + t.
std::unique_ptr<LayerKernel> make_steps_as_rows(std::unique_ptr<LayerKernel> kernel, std::int64_t steps,
                                                std::size_t inputs);

/// A kernel for each step. Group sums stand side by side, step by step; gradients of variables are added up.
/// `inputs` are sample shapes with the steps in front, `output` is one step's.
std::unique_ptr<LayerKernel> make_steps_apart(std::vector<std::unique_ptr<LayerKernel>> kernels,
                                              std::int64_t rows, std::span<const Shape> inputs,
                                              const Shape& output);

}  // namespace ktrain
