#include "ktrain/nn/layers/normalization.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

struct Statistics {
  std::span<const float> mean;
  std::span<const float> variance;
};

/// Which statistic belongs to each of `places.size()` elements that follow one another, again and again.
class NormalizationKernel final : public LayerKernel {
 public:
  NormalizationKernel(Statistics statistics, std::vector<std::int64_t> places, bool invert)
      : statistics_(statistics),
        places_(std::move(places)),
        invert_(invert),
        forward_(static_cast<std::int64_t>(places_.size())),
        backward_(static_cast<std::int64_t>(places_.size())) {}

  void forward(const Forward& call) override {
    take_statistics(call.step.weights_version);
    forward_.apply(call.inputs[0].data<float>(), call.outputs[0].data<float>(), call.inputs[0].elements());
  }
  void backward(const Backward& call) override {
    const TensorView& dx = call.input_gradients[0];
    if (!dx.empty()) backward_.apply(call.output_gradients[0].data<float>(), dx.data<float>(), dx.elements());
  }

 private:
  void take_statistics(std::uint64_t version) {
    if (taken_ && version == version_) return;
    taken_ = true;
    version_ = version;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const auto at = static_cast<std::size_t>(places_[i]);
      const float mean = statistics_.mean[at];
      const double deviation = std::max(std::sqrt(double{statistics_.variance[at]}), kEpsilon);
      const auto channel = static_cast<std::int64_t>(i);
      const auto scale = static_cast<float>(invert_ ? deviation : 1 / deviation);
      forward_.set(channel, {.shift = invert_ ? 0 : mean, .scale = scale, .offset = invert_ ? mean : 0});
      backward_.set(channel, {.scale = scale});
    }
  }

  Statistics statistics_;
  std::vector<std::int64_t> places_;
  bool invert_;
  ChannelAffine forward_;
  ChannelAffine backward_;
  bool taken_ = false;
  std::uint64_t version_ = 0;
};

class Normalization final : public Layer {
 public:
  Normalization(const std::string& name, const NormalizationOptions& options, bool trainable)
      : Layer(name, "Normalization", trainable), options_(options) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    const Shape kept = kept_shape(input);
    if (built() && kept != kept_) {
      refuse(*this, "was built for axes of sizes ", kept_, ", not samples of shape ", input);
    }
    kept_ = kept;
    if (options_.given) {
      require_fit(*options_.given);
    } else {
      declare({"mean", kept_, false, make_initializer("zeros"), {}});
      declare({"variance", kept_, false, make_initializer("ones"), {}});
      declare({"count", {}, false, make_initializer("zeros"), {}});
    }
    set_built();
    return {input};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    Statistics statistics;
    if (options_.given) {
      statistics = {options_.given->mean, options_.given->variance};
    } else {
      statistics = {parameters()[0].span<float>(), parameters()[1].span<float>()};
    }
    return std::make_unique<NormalizationKernel>(statistics, places(inputs[0]), options_.invert);
  }

 private:
  std::vector<int> kept_axes(const Shape& input) const {
    std::vector<int> axes;
    for (const int axis : options_.axis) axes.push_back(sample_axis(*this, axis, input));
    std::ranges::sort(axes);
    if (std::ranges::adjacent_find(axes) != axes.end()) refuse(*this, "names an axis twice");
    return axes;
  }

  Shape kept_shape(const Shape& input) const {
    std::vector<std::int64_t> sizes;
    for (const int axis : kept_axes(input)) sizes.push_back(input[axis]);
    return Shape(sizes);
  }

  /// Every axis of what was given is 1 or that of the samples.
  void require_fit(const NormalizationOptions::Given& given) const {
    const int missing = kept_.rank() - given.shape.rank();
    bool fits = missing >= 0;
    for (int i = 0; fits && i < given.shape.rank(); ++i) {
      fits = given.shape[i] == 1 || given.shape[i] == kept_[missing + i];
    }
    if (!fits) refuse(*this, "a mean of shape ", given.shape, " does not fit axes of sizes ", kept_);
  }

  /// The statistic of each element of a sample, as far as they do not repeat.
  std::vector<std::int64_t> places(const Shape& input) const {
    const std::vector<int> axes = kept_axes(input);
    const Shape& stored = options_.given ? options_.given->shape : kept_;
    std::vector<std::int64_t> steps(static_cast<std::size_t>(input.rank()));
    std::int64_t step = 1;
    for (int i = stored.rank() - 1, axis = kept_.rank() - 1; i >= 0; --i, --axis) {
      const auto at = static_cast<std::size_t>(axes[static_cast<std::size_t>(axis)]);
      steps[at] = stored[i] == 1 ? 0 : step;
      step *= stored[i];
    }
    std::vector<std::int64_t> result{0};
    bool repeats = true;
    for (int axis = 0; axis < input.rank(); ++axis) {
      const std::int64_t own = steps[static_cast<std::size_t>(axis)];
      if (own == 0 && repeats) continue;
      repeats = false;
      std::vector<std::int64_t> spread;
      for (const std::int64_t place : result) {
        for (std::int64_t i = 0; i < input[axis]; ++i) spread.push_back(place + i * own);
      }
      result = std::move(spread);
    }
    return result;
  }

  NormalizationOptions options_;
  Shape kept_;
};

}  // namespace

std::unique_ptr<Layer> make_normalization(const std::string& name, const NormalizationOptions& options,
                                          bool trainable) {
  return std::make_unique<Normalization>(name, options, trainable);
}

}  // namespace ktrain
