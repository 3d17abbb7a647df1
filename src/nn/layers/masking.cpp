#include "ktrain/nn/layers/masking.h"

#include <algorithm>

#include "core/parallel.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

class MaskingKernel final : public LayerKernel {
 public:
  MaskingKernel(float value, std::int64_t line) : value_(value), line_(line) {}

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    select(x, x, call.outputs[0]);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    select(call.inputs[0].data<float>(), call.output_gradients[0].data<float>(), call.input_gradients[0]);
  }

 private:
  /// The lines of `from` where x counts, zeros elsewhere.
  void select(const float* x, const float* from, const TensorView& to) const {
    float* y = to.data<float>();
    parallel_for(to.elements() / line_, kCheapGrain / line_, [=, this](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin * line_; at < end * line_; at += line_) {
        const bool counts = std::any_of(x + at, x + at + line_, [&](float v) { return v != value_; });
        if (counts) {
          std::copy_n(from + at, line_, y + at);
        } else {
          std::fill_n(y + at, line_, 0.0F);
        }
      }
    });
  }

  float value_;
  std::int64_t line_;
};

class Masking final : public Layer {
 public:
  Masking(const std::string& name, const MaskingOptions& options, bool trainable)
      : Layer(name, "Masking", trainable), value_(options.mask_value) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() < 1) refuse(*this, "takes samples of one axis or more");
    set_built();
    return {input};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<MaskingKernel>(value_, inputs[0][-1]);
  }

 private:
  float value_;
};

}  // namespace

std::unique_ptr<Layer> make_masking(const std::string& name, const MaskingOptions& options, bool trainable) {
  return std::make_unique<Masking>(name, options, trainable);
}

}  // namespace ktrain
