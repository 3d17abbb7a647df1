#include "ktrain/nn/layers/reverse_sequence.h"

#include "nn/layers/build_checks.h"
#include "nn/layers/time_axis.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class ReverseSequenceKernel final : public LayerKernel {
 public:
  explicit ReverseSequenceKernel(TimeAxis size) : size_(size) {}

  void forward(const Forward& call) override {
    reverse_time(size_, call.inputs[0].data<float>(), call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    reverse_time(size_, call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>());
  }

 private:
  TimeAxis size_;
};

class ReverseSequence final : public Layer {
 public:
  ReverseSequence(const std::string& name, bool trainable) : Layer(name, "ReverseSequence", trainable) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() < 1) refuse(*this, "takes sequences, not a scalar per sample");
    set_built();
    return {input};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const std::int64_t steps = inputs[0][0];
    return std::make_unique<ReverseSequenceKernel>(TimeAxis{rows, steps, inputs[0].sample().elements()});
  }
};

}  // namespace

std::unique_ptr<Layer> make_reverse_sequence(const std::string& name, bool trainable) {
  return std::make_unique<ReverseSequence>(name, trainable);
}

}  // namespace ktrain
