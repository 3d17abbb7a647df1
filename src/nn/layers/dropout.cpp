#include "ktrain/nn/layers/dropout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/parallel.h"
#include "core/simd.h"
#include "ktrain/core/philox.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainElements = 1 << 12;

KTRAIN_SIMD void keep_from(std::uint32_t threshold, const std::uint32_t* words, std::uint8_t* kept,
                           std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) kept[i] = words[i] >= threshold ? 1 : 0;
}

KTRAIN_SIMD void scale_kept(const std::uint8_t* kept, float scale, const float* x, float* y,
                            std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) y[i] = kept[i] != 0 ? x[i] * scale : 0.0F;
}

KTRAIN_SIMD void scale_kept(const std::uint8_t* kept, const std::int32_t* noise_of, float scale,
                            const float* x, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = kept[noise_of[i]] != 0 ? x[i] * scale : 0.0F;
}

/// For each element of a sample, the number of the random number it shares. Empty when each has its own.
std::vector<std::int32_t> noise_indices(const Shape& sample, const Shape& noise) {
  if (noise == sample) return {};
  std::vector<std::int32_t> indices(static_cast<std::size_t>(sample.elements()));
  for (std::int64_t element = 0; element < sample.elements(); ++element) {
    std::int64_t rest = element, index = 0, stride = 1;
    for (int axis = sample.rank() - 1; axis >= 0; --axis) {
      index += (noise[axis] == 1 ? 0 : rest % sample[axis]) * stride;
      stride *= noise[axis];
      rest /= sample[axis];
    }
    indices[static_cast<std::size_t>(element)] = static_cast<std::int32_t>(index);
  }
  return indices;
}

class DropoutKernel final : public LayerKernel {
 public:
  struct Draw {
    std::string layer;
    std::uint32_t call;
    std::optional<std::uint64_t> seed;
    double rate;
  };

  DropoutKernel(Draw draw, std::int64_t rows, const Shape& sample, const Shape& noise)
      : draw_(std::move(draw)),
        sample_size_(sample.elements()),
        noise_size_(noise.elements()),
        noise_of_(noise_indices(sample, noise)),
        kept_(static_cast<std::size_t>(rows * noise_size_)) {}

  void forward(const Forward& call) override {
    const RandomStream random(draw_.seed.value_or(call.step.seed), draw_.layer, draw_.call,
                              static_cast<std::uint64_t>(call.step.epoch));
    for_each_row([&](std::int64_t row) {
      draw_row(random, static_cast<std::uint64_t>(call.step.first_position + row), kept(row));
    });
    scale(call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    scale(call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>());
  }

 private:
  std::uint8_t* kept(std::int64_t row) { return kept_.data() + row * noise_size_; }

  template <typename Body>
  void for_each_row(const Body& body) const {
    const std::int64_t rows = static_cast<std::int64_t>(kept_.size()) / noise_size_;
    parallel_for(rows, kGrainElements / sample_size_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) body(row);
    });
  }

  void draw_row(const RandomStream& random, std::uint64_t position, std::uint8_t* kept) const {
    const double threshold = std::min(std::round(draw_.rate * 0x1p32), 0x1p32 - 1);
    std::array<std::uint32_t, 1024> words;
    for (std::int64_t begin = 0; begin < noise_size_; begin += std::ssize(words)) {
      const std::int64_t count = std::min<std::int64_t>(std::ssize(words), noise_size_ - begin);
      random.fill_bits(position, static_cast<std::uint64_t>(begin / 4),
                       std::span(words).first(static_cast<std::size_t>(count)));
      keep_from(static_cast<std::uint32_t>(threshold), words.data(), kept + begin, count);
    }
  }

  void scale(const float* x, float* y) {
    const auto scale = static_cast<float>(draw_.rate < 1 ? 1 / (1 - draw_.rate) : 0);
    for_each_row([&](std::int64_t row) {
      const std::int64_t at = row * sample_size_;
      if (noise_of_.empty()) {
        scale_kept(kept(row), scale, x + at, y + at, sample_size_);
      } else {
        scale_kept(kept(row), noise_of_.data(), scale, x + at, y + at, sample_size_);
      }
    });
  }

  Draw draw_;
  std::int64_t sample_size_;
  std::int64_t noise_size_;
  std::vector<std::int32_t> noise_of_;
  std::vector<std::uint8_t> kept_;  ///< (rows, noise): from the latest forward
};

class Dropout final : public Layer {
 public:
  Dropout(const std::string& name, const DropoutOptions& options, bool trainable)
      : Layer(name, "Dropout", trainable), options_(options) {
    if (!(options_.rate >= 0 && options_.rate <= 1))
      refuse(*this, "rate ", options_.rate, " is not in [0, 1]");
    if (!options_.noise_shape.empty() && options_.noise_shape[0].has_value()) {
      refuse(*this, "noise_shape must be null for the batch: samples are dropped independently");
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    static_cast<void>(noise_shape(input));
    set_built();
    return {input};
  }
  bool passes_through(bool training) const override { return !training || options_.rate == 0; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t call) override {
    return std::make_unique<DropoutKernel>(DropoutKernel::Draw{name(), call, options_.seed, options_.rate},
                                           rows, inputs[0], noise_shape(inputs[0]));
  }

 private:
  Shape noise_shape(const Shape& input) const {
    if (options_.noise_shape.empty()) return input;
    if (std::ssize(options_.noise_shape) != input.rank() + 1) {
      refuse(*this, "noise_shape has ", options_.noise_shape.size(), " entries for samples of shape ", input);
    }
    Shape noise = input;
    for (int axis = 0; axis < input.rank(); ++axis) {
      noise[axis] = options_.noise_shape[static_cast<std::size_t>(axis) + 1].value_or(input[axis]);
      if (noise[axis] != 1 && noise[axis] != input[axis]) {
        refuse(*this, "noise_shape's ", noise[axis], " does not broadcast to samples of shape ", input);
      }
    }
    return noise;
  }

  DropoutOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_dropout(const std::string& name, const DropoutOptions& options, bool trainable) {
  return std::make_unique<Dropout>(name, options, trainable);
}

}  // namespace ktrain
