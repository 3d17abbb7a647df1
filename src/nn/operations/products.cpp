#include "nn/operations/products.h"

#include "ktrain/core/error.h"
#include "nn/refuse.h"
#include "ops/einsum.h"

namespace ktrain {
namespace {

class ProductKernel final : public LayerKernel {
 public:
  ProductKernel(const EinsumEquation& equation, const Shape& a, const Shape& b, bool training)
      : einsum_(equation, a, b, training) {}

  void forward(const Forward& call) override {
    einsum_.forward(call.inputs[0].data<float>(), call.inputs[1].data<float>(),
                    call.outputs[0].data<float>());
  }
  void backward(const Backward& call) override {
    const auto address = [](const TensorView& view) { return view.empty() ? nullptr : view.data<float>(); };
    einsum_.backward(call.inputs[0].data<float>(), call.inputs[1].data<float>(),
                     call.output_gradients[0].data<float>(), address(call.input_gradients[0]),
                     address(call.input_gradients[1]));
  }

 private:
  Einsum einsum_;
};

class Product final : public Layer {
 public:
  Product(const std::string& name, const std::string& class_name, const std::string& equation)
      : Layer(name, class_name), given_(equation) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() != 2) refuse(*this, "takes two tensors, not ", inputs.size());
    const Shape a = inputs[0].batched(1), b = inputs[1].batched(1);
    try {
      equation_ = parse_einsum(given_, a.rank(), b.rank());
      if (equation_.a[0] != equation_.y[0] || equation_.b[0] != equation_.y[0]) {
        refuse(*this, "equation '", given_, "' does not keep the batch in front: it mixes samples");
      }
      const Shape y = einsum_shape(equation_, a, b);
      set_built();
      return {y.sample()};
    } catch (const Error& error) {
      refuse(*this, "of samples of shapes ", inputs[0], " and ", inputs[1], ": ", error.what());
    }
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    return std::make_unique<ProductKernel>(equation_, inputs[0].batched(rows), inputs[1].batched(rows),
                                           training);
  }

 private:
  std::string given_;
  EinsumEquation equation_;
};

}  // namespace

std::unique_ptr<Layer> make_einsum_operation(const std::string& name, const std::string& equation) {
  return std::make_unique<Product>(name, "Einsum", equation);
}
std::unique_ptr<Layer> make_matmul_operation(const std::string& name) {
  return std::make_unique<Product>(name, "Matmul", "...ab,...bc->...ac");
}

}  // namespace ktrain
