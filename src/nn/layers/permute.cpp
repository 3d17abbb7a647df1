#include "ktrain/nn/layers/permute.h"

#include <algorithm>

#include "nn/layers/build_checks.h"
#include "nn/layers/moved_axes.h"
#include "nn/refuse.h"
#include "ops/transpose.h"

namespace ktrain {
namespace {

class PermuteKernel final : public LayerKernel {
 public:
  PermuteKernel(std::int64_t rows, const Shape& input, const std::vector<int>& axes)
      : forward_(rows, input, axes), backward_(rows, moved_sample(input, axes), inverse_of(axes)) {}

  void forward(const Forward& call) override {
    forward_.run(call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    backward_.run(call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>());
  }

 private:
  Transpose forward_;
  Transpose backward_;
};

class Permute final : public Layer {
 public:
  Permute(const std::string& name, const PermuteOptions& options, bool trainable)
      : Layer(name, "Permute", trainable) {
    for (const int dim : options.dims) axes_.push_back(dim - 1);
    std::vector<int> sorted = axes_;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] != static_cast<int>(i))
        refuse(*this, "dims must hold each of 1 to ", sorted.size(), " once");
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() != static_cast<int>(axes_.size())) {
      refuse(*this, "dims orders ", axes_.size(), " axes, but samples have the shape ", input);
    }
    set_built();
    return {moved_sample(input, axes_)};
  }

  bool passes_through(bool) const override { return std::ranges::is_sorted(axes_); }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<PermuteKernel>(rows, inputs[0], axes_);
  }

 private:
  std::vector<int> axes_;  ///< of a sample, from 0
};

}  // namespace

std::unique_ptr<Layer> make_permute(const std::string& name, const PermuteOptions& options, bool trainable) {
  return std::make_unique<Permute>(name, options, trainable);
}

}  // namespace ktrain
