#include "ktrain/nn/layers/stochastic_depth.h"

#include <utility>
#include <vector>

#include "nn/layers/build_checks.h"
#include "nn/layers/dropout_mask.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

class StochasticDepthKernel final : public LayerKernel {
 public:
  StochasticDepthKernel(DropoutMask mask, std::int64_t rows)
      : mask_(std::move(mask)), factors_(static_cast<std::size_t>(rows)) {}

  void forward(const Forward& call) override {
    mask_.draw(call.step, factors_, std::ssize(factors_));
    scale(call.inputs[0], call.outputs[0]);
  }
  void backward(const Backward& call) override {
    if (!call.input_gradients[0].empty()) scale(call.output_gradients[0], call.input_gradients[0]);
  }

 private:
  void scale(const ConstTensorView& x, const TensorView& y) const {
    const std::int64_t sample = x.elements() / std::ssize(factors_);
    for (std::int64_t row = 0; row < std::ssize(factors_); ++row) {
      const float factor = factors_[static_cast<std::size_t>(row)];
      map(x.data<float>() + row * sample, y.data<float>() + row * sample, sample, kCheapGrain,
          [factor](float value) { return value * factor; });
    }
  }

  DropoutMask mask_;
  std::vector<float> factors_;  ///< a row each: from the latest forward
};

class StochasticDepth final : public Layer {
 public:
  StochasticDepth(const std::string& name, const StochasticDepthOptions& options, bool trainable)
      : Layer(name, "StochasticDepth", trainable), options_(options) {
    if (!(options.drop_path_rate >= 0 && options.drop_path_rate < 1)) {
      refuse(*this, "drop_path_rate ", options.drop_path_rate, " is not in [0, 1)");
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    set_built();
    return {input};
  }
  bool passes_through(bool training) const override { return !training || options_.drop_path_rate == 0; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape>, bool,
                                       std::uint32_t call) override {
    return std::make_unique<StochasticDepthKernel>(
        DropoutMask{.purpose = name(), .call = call, .rate = options_.drop_path_rate}, rows);
  }

 private:
  StochasticDepthOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_stochastic_depth(const std::string& name, const StochasticDepthOptions& options,
                                             bool trainable) {
  return std::make_unique<StochasticDepth>(name, options, trainable);
}

}  // namespace ktrain
