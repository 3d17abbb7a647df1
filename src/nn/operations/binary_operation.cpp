#include <array>
#include <utility>

#include "nn/operations/elementwise.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

float* address(std::span<const TensorView> gradients, std::size_t index) {
  return gradients[index].empty() ? nullptr : gradients[index].data<float>();
}

class BinaryKernel final : public LayerKernel {
 public:
  BinaryKernel(std::span<const Operand> operands, Binary binary)
      : operands_(operands), binary_(std::move(binary)) {}

  void forward(const Forward& call) override {
    take(call.inputs);
    binary_.forward(a_, b_, call.outputs[0].data<float>());
  }

  void backward(const Backward& call) override {
    take(call.inputs);
    const bool literal_a = operands_[0].has_value(), literal_b = operands_[1].has_value();
    binary_.backward(a_, b_, call.output_gradients[0].data<float>(),
                     literal_a ? nullptr : address(call.input_gradients, 0),
                     literal_b ? nullptr : address(call.input_gradients, literal_a ? 0 : 1));
  }

 private:
  void take(std::span<const ConstTensorView> inputs) {
    a_ = operands_[0] ? operands_[0]->values.data() : inputs[0].data<float>();
    b_ = operands_[1] ? operands_[1]->values.data() : inputs[operands_[0] ? 0 : 1].data<float>();
  }

  std::span<const Operand> operands_;
  Binary binary_;
  const float* a_ = nullptr;
  const float* b_ = nullptr;
};

class BinaryOperation final : public Layer {
 public:
  BinaryOperation(const std::string& name, const std::string& class_name, BinaryKind kind,
                  std::vector<Operand> operands)
      : Layer(name, class_name), kind_(kind), operands_(std::move(operands)) {
    if (operands_.size() != 2) refuse(*this, "takes two operands, not ", operands_.size());
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const auto shapes = operand_shapes(*this, operands_, inputs, 1);
    const auto result = broadcast_shape(shapes[0], shapes[1]);
    if (!result)
      refuse(*this, "operands of shapes ", shapes[0], " and ", shapes[1], " do not fit each other");
    set_built();
    return {result->sample()};
  }
  bool is_differentiable() const override { return ktrain::is_differentiable(kind_); }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    const auto shapes = operand_shapes(*this, operands_, inputs, rows);
    return std::make_unique<BinaryKernel>(
        operands_, Binary(kind_, *broadcast_shape(shapes[0], shapes[1]), shapes[0], shapes[1], training));
  }

 private:
  BinaryKind kind_;
  std::vector<Operand> operands_;
};

}  // namespace

std::unique_ptr<Layer> make_binary_operation(const std::string& name, const std::string& class_name,
                                             BinaryKind kind, std::vector<Operand> operands) {
  return std::make_unique<BinaryOperation>(name, class_name, kind, std::move(operands));
}

}  // namespace ktrain
