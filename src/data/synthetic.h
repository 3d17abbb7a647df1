#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/data/dataset.h"

namespace ktrain {

/// Made-up samples that a model can learn from, for tests and benchmarks. As a specification:
///   synthetic:INPUTS[,classes=10 | ,targets=K][,samples=1000][,first=0][,seed=0]
/// where INPUTS is images=28x28x1 (uint8), x=16 (float32), or several named float32 inputs
/// x_left=8,x_right=4x4.
///
/// Sample i is a pure function of (seed, first + i), so a validation set is the same seed with another
/// `first`. With classes, a sample's label (int64) is drawn evenly, and its input is the mean of the class's
/// own random pattern, which repeats every kPatternElements, and noise. With targets, inputs are noise, and
/// the K targets (float32) are a fixed random linear map of all inputs (images as numbers in [-1, 1]).
struct SyntheticOptions {
  struct Input {
    std::string name;
    DType dtype = DType::kFloat32;  ///< or kUint8
    Shape shape;
  };
  std::vector<Input> inputs;
  std::int64_t classes = 10;
  std::int64_t targets = 0;  ///< more than 0: regression, and classes is not used
  std::int64_t samples = 1000;
  std::int64_t first = 0;
  std::uint64_t seed = 0;
};

inline constexpr std::int64_t kPatternElements = 4096;

/// `name` is what Dataset::name() returns.
std::shared_ptr<const Dataset> make_synthetic_dataset(std::string name, const SyntheticOptions& options);

}  // namespace ktrain
