#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/nn/layers/resizing.h"
#include "nn/layer_harness.h"

namespace ktrain {

inline const ImageLayerOptions kLayer = {.name = "layer"};

inline std::vector<Tensor> images(const Shape& shape, float scale = 1) {
  std::vector<Tensor> inputs;
  inputs.push_back(wave(shape, scale));
  return inputs;
}

/// `rows` images of one row of `values`, one channel.
inline std::vector<Tensor> copies(std::int64_t rows, const std::vector<float>& values) {
  std::vector<Tensor> inputs;
  inputs.emplace_back(Shape{rows, 1, std::ssize(values), 1});
  const auto pixels = inputs[0].span<float>();
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = values[i % values.size()];
  return inputs;
}

/// The same (6, 5, 3) image in every row.
inline std::vector<Tensor> same_images(std::int64_t rows) {
  std::vector<Tensor> inputs = images({rows, 6, 5, 3});
  const auto pixels = inputs[0].span<float>();
  for (std::size_t i = 90; i < pixels.size(); ++i) pixels[i] = pixels[i - 90];
  return inputs;
}

inline std::span<const float> row_of(const Tensor& y, std::int64_t row) {
  const auto elements = static_cast<std::size_t>(y.shape().sample().elements());
  return y.span<float>().subspan(static_cast<std::size_t>(row) * elements, elements);
}

}  // namespace ktrain
