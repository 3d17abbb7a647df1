#include "ktrain/nn/layers/noise.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/parallel.h"
#include "ktrain/core/philox.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

constexpr double kAlphaPrime = -1.6732632423543772 * 1.0507009873554805;

enum class Kind : std::uint8_t { kGaussianNoise, kGaussianDropout, kAlphaDropout };

/// What is done to an element: y = x gain + offset.
struct Change {
  float gain;
  float offset;
};

class NoiseKernel final : public LayerKernel {
 public:
  NoiseKernel(const Layer& layer, Kind kind, const NoiseOptions& options, std::int64_t rows,
              std::int64_t elements, std::uint32_t call)
      : layer_(layer), kind_(kind), options_(options), elements_(elements), call_(call) {
    if (kind != Kind::kGaussianNoise) gains_.resize(static_cast<std::size_t>(rows * elements));
  }

  void forward(const Forward& call) override {
    const RandomStream random(options_.seed.value_or(call.step.seed), layer_.name(), call_,
                              static_cast<std::uint64_t>(call.step.epoch));
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    const std::int64_t rows = call.inputs[0].shape()[0];
    parallel_for(rows, kCostlyGrain / elements_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        blur(random, static_cast<std::uint64_t>(call.step.first_position + row), x, y, row * elements_);
      }
    });
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].data<float>();
    if (gains_.empty()) {
      std::copy_n(dy, call.input_gradients[0].elements(), dx);
    } else {
      map(dy, gains_.data(), dx, call.input_gradients[0].elements(), kCheapGrain,
          [](float g, float gain) { return g * gain; });
    }
  }

 private:
  void blur(const RandomStream& random, std::uint64_t position, const float* x, float* y, std::int64_t at) {
    for (std::int64_t begin = 0; begin < elements_; begin += 4) {
      const std::int64_t count = std::min<std::int64_t>(4, elements_ - begin);
      const auto block = static_cast<std::uint64_t>(begin / 4);
      const std::array<float, 4> drawn =
          kind_ == Kind::kAlphaDropout ? random.uniform(position, block) : random.normal(position, block);
      for (std::int64_t i = 0; i < count; ++i) {
        const Change change = change_of(drawn[static_cast<std::size_t>(i)]);
        const std::int64_t element = at + begin + i;
        y[element] = x[element] * change.gain + change.offset;
        if (!gains_.empty()) gains_[static_cast<std::size_t>(element)] = change.gain;
      }
    }
  }

  Change change_of(float drawn) const {
    const double amount = options_.amount;
    if (kind_ == Kind::kGaussianNoise) return {1, static_cast<float>(amount * drawn)};
    if (kind_ == Kind::kGaussianDropout) {
      return {static_cast<float>(1 + std::sqrt(amount / (1 - amount)) * drawn), 0};
    }
    const double a = 1 / std::sqrt((1 - amount) * (1 + amount * kAlphaPrime * kAlphaPrime));
    const double b = -a * kAlphaPrime * amount;
    const bool kept = static_cast<double>(drawn) >= amount;
    return kept ? Change{static_cast<float>(a), static_cast<float>(b)}
                : Change{0, static_cast<float>(a * kAlphaPrime + b)};
  }

  const Layer& layer_;
  Kind kind_;
  NoiseOptions options_;
  std::int64_t elements_;
  std::uint32_t call_;
  std::vector<float> gains_;  ///< of the latest forward; none where all are 1
};

class Noise final : public Layer {
 public:
  Noise(const std::string& name, const char* class_name, Kind kind, const NoiseOptions& options,
        bool trainable)
      : Layer(name, class_name, trainable), kind_(kind), options_(options) {
    const bool fits = options.amount >= 0 && (kind == Kind::kGaussianNoise || options.amount < 1);
    if (!fits && kind == Kind::kGaussianNoise) refuse(*this, "stddev ", options.amount, " is negative");
    if (!fits) refuse(*this, "rate ", options.amount, " is not in [0, 1)");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    set_built();
    return {input};
  }
  bool passes_through(bool training) const override { return !training || options_.amount == 0; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t call) override {
    return std::make_unique<NoiseKernel>(*this, kind_, options_, rows, inputs[0].elements(), call);
  }

 private:
  Kind kind_;
  NoiseOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_gaussian_noise(const std::string& name, const NoiseOptions& options,
                                           bool trainable) {
  return std::make_unique<Noise>(name, "GaussianNoise", Kind::kGaussianNoise, options, trainable);
}
std::unique_ptr<Layer> make_gaussian_dropout(const std::string& name, const NoiseOptions& options,
                                             bool trainable) {
  return std::make_unique<Noise>(name, "GaussianDropout", Kind::kGaussianDropout, options, trainable);
}
std::unique_ptr<Layer> make_alpha_dropout(const std::string& name, const NoiseOptions& options,
                                          bool trainable) {
  return std::make_unique<Noise>(name, "AlphaDropout", Kind::kAlphaDropout, options, trainable);
}

}  // namespace ktrain
