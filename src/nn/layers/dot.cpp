#include "ktrain/nn/layers/dot.h"

#include <utility>
#include <vector>

#include "ktrain/nn/layers/layer_normalization.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/einsum.h"

namespace ktrain {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()
constexpr char kBatch = 'a';
constexpr char kSummed = 'z';

/// Letters for the batch and a sample's axes, from `first` on, the summed one apart.
std::string letters(int rank, int summed, char first) {
  std::string result(1, kBatch);
  for (int axis = 0; axis < rank; ++axis) {
    result += axis == summed ? kSummed : static_cast<char>(first + axis);
  }
  return result;
}

/// One input of the product, scaled to length 1 where `unit` is there.
struct Factor {
  std::unique_ptr<LayerKernel> unit;
  Tensor scaled;
  Tensor gradient;  ///< of what is scaled
};

class DotKernel final : public LayerKernel {
 public:
  DotKernel(Einsum einsum, std::array<Factor, 2> factors)
      : einsum_(std::move(einsum)), factors_(std::move(factors)) {}

  void forward(const Forward& call) override {
    std::array<const float*, 2> values{};
    for (std::size_t k = 0; k < 2; ++k) {
      Factor& factor = factors_[k];
      values[k] = call.inputs[k].data<float>();
      if (!factor.unit) continue;
      const TensorView scaled = factor.scaled.view();
      factor.unit->forward({call.step, call.inputs.subspan(k, 1), std::span(&scaled, 1), {}});
      values[k] = scaled.data<float>();
    }
    einsum_.forward(values[0], values[1], call.outputs[0].data<float>());
  }

  void backward(const Backward& call) override {
    std::array<const float*, 2> values{};
    std::array<float*, 2> gradients{};
    for (std::size_t k = 0; k < 2; ++k) {
      Factor& factor = factors_[k];
      const bool wanted = !call.input_gradients[k].empty();
      values[k] = factor.unit ? factor.scaled.span<float>().data() : call.inputs[k].data<float>();
      if (wanted)
        gradients[k] =
            factor.unit ? factor.gradient.span<float>().data() : call.input_gradients[k].data<float>();
    }
    einsum_.backward(values[0], values[1], call.output_gradients[0].data<float>(), gradients[0],
                     gradients[1]);
    for (std::size_t k = 0; k < 2; ++k) {
      if (factors_[k].unit && gradients[k] != nullptr) scale_back(call, k);
    }
  }

 private:
  void scale_back(const Backward& call, std::size_t k) {
    const ConstTensorView scaled = factors_[k].scaled.view();
    const ConstTensorView gradient = factors_[k].gradient.view();
    factors_[k].unit->backward({call.step,
                                call.inputs.subspan(k, 1),
                                std::span(&scaled, 1),
                                std::span(&gradient, 1),
                                call.input_gradients.subspan(k, 1),
                                {},
                                {},
                                {}});
  }

  Einsum einsum_;
  std::array<Factor, 2> factors_;
};

class Dot final : public Layer {
 public:
  Dot(const std::string& name, const DotOptions& options, bool trainable)
      : Layer(name, "Dot", trainable), options_(options) {
    for (std::size_t k = 0; k < 2 && options.normalize; ++k) {
      unit_[k] = make_unit_normalization(name, {.axis = {options.axes[k]}, .epsilon = kEpsilon});
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() != 2) refuse(*this, "takes two inputs, not ", inputs.size());
    std::array<int, 2> axes{};
    for (std::size_t k = 0; k < 2; ++k) axes[k] = sample_axis(*this, options_.axes[k], inputs[k]);
    if (inputs[0][axes[0]] != inputs[1][axes[1]]) {
      refuse(*this, "axes ", options_.axes[0], " and ", options_.axes[1], " of samples of shapes ", inputs[0],
             " and ", inputs[1], " have different sizes");
    }
    const Shape product = einsum_shape(equation(inputs), inputs[0].batched(1), inputs[1].batched(1)).sample();
    set_built();
    return {product.rank() == 0 ? Shape{1} : product};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    std::array<Factor, 2> factors;
    for (std::size_t k = 0; k < 2 && options_.normalize; ++k) {
      const Shape batch = inputs[k].batched(rows);
      factors[k] = {unit_[k]->prepare(rows, inputs.subspan(k, 1), training, call), Tensor(batch),
                    training ? Tensor(batch) : Tensor()};
    }
    return std::make_unique<DotKernel>(
        Einsum(equation(inputs), inputs[0].batched(rows), inputs[1].batched(rows), training),
        std::move(factors));
  }

 private:
  EinsumEquation equation(std::span<const Shape> inputs) const {
    const auto of = [&](std::size_t k, char first) {
      return letters(inputs[k].rank(), sample_axis(*this, options_.axes[k], inputs[k]), first);
    };
    EinsumEquation equation{of(0, 'b'), of(1, 'n'), std::string(1, kBatch)};
    for (const char letter : equation.a.substr(1) + equation.b.substr(1)) {
      if (letter != kSummed) equation.y += letter;
    }
    return equation;
  }

  DotOptions options_;
  std::array<std::unique_ptr<Layer>, 2> unit_;
};

}  // namespace

std::unique_ptr<Layer> make_dot(const std::string& name, const DotOptions& options, bool trainable) {
  return std::make_unique<Dot>(name, options, trainable);
}

}  // namespace ktrain
