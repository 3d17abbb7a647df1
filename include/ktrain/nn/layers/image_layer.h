#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/image.h"

namespace ktrain {

// What the preprocessing layers for images have in common. They take samples of shape (H, W, C), and those
// that draw random numbers work in training alone and pass through otherwise. What they draw is a function of
// (seed, layer name, call, epoch, position in the epoch), a draw for each image: the same for every cut of
// the batch.

/// What every one of them has.
struct ImageLayerOptions {
  std::string name;
  bool trainable = true;                   ///< there is nothing to train
  std::optional<std::uint64_t> seed = {};  ///< null: the run's
};

/// The numbers between which a random one is drawn, evenly; the same number twice is that number.
using RandomRange = std::array<double, 2>;

/// The values that black and white have.
using ValueRange = std::array<double, 2>;

/// How moved pixels are computed, and what comes in from beyond the image.
struct MovedPixels {
  FillMode fill_mode = FillMode::kReflect;
  Interpolation interpolation = Interpolation::kBilinear;  ///< or kNearest
  double fill_value = 0;                                   ///< of kConstant
};

}  // namespace ktrain
