#include "ktrain/nn/layers/concatenate.h"

#include <algorithm>

#include "core/parallel.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainElements = 1 << 15;

/// Every tensor is `blocks` blocks; an output's block is the inputs' blocks one after the other.
class ConcatenateKernel final : public LayerKernel {
 public:
  ConcatenateKernel(std::int64_t rows, std::span<const Shape> inputs, int axis) : blocks_(rows) {
    for (int i = 0; i < axis; ++i) blocks_ *= inputs[0][i];
    for (const Shape& input : inputs)
      output_size_ += rows * input.elements() / std::max<std::int64_t>(blocks_, 1);
  }

  void forward(const Forward& call) override {
    float* to = call.outputs[0].data<float>();
    for (const ConstTensorView& input : call.inputs) {
      const float* from = input.data<float>();
      const std::int64_t size = input.elements() / blocks_;
      for_each_block([=, this](std::int64_t block) {
        std::copy_n(from + block * size, size, to + block * output_size_);
      });
      to += size;
    }
  }

  void backward(const Backward& call) override {
    const float* from = call.output_gradients[0].data<float>();
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const std::int64_t size = call.inputs[i].elements() / blocks_;
      if (!call.input_gradients[i].empty()) {
        float* to = call.input_gradients[i].data<float>();
        for_each_block([=, this](std::int64_t block) {
          std::copy_n(from + block * output_size_, size, to + block * size);
        });
      }
      from += size;
    }
  }

 private:
  template <typename Body>
  void for_each_block(const Body& body) const {
    parallel_for(blocks_, kGrainElements / output_size_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t block = begin; block < end; ++block) body(block);
    });
  }

  std::int64_t blocks_;
  std::int64_t output_size_ = 0;
};

class Concatenate final : public Layer {
 public:
  Concatenate(const std::string& name, const ConcatenateOptions& options, bool trainable)
      : Layer(name, options.stacks ? "Stack" : "Concatenate", trainable),
        axis_(options.axis),
        stacks_(options.stacks) {}

  std::vector<Shape> build(std::span<const Shape> given) override {
    if (given.empty()) refuse(*this, "takes one input or more");
    const std::vector<Shape> inputs = joined(given);
    const int axis = sample_axis(*this, axis_, inputs[0]);
    Shape output = inputs[0];
    for (const Shape& input : std::span(inputs).subspan(1)) {
      Shape elsewhere = input;
      if (input.rank() == output.rank()) elsewhere[axis] = inputs[0][axis];
      if (elsewhere != inputs[0]) {
        refuse(*this, "cannot join samples of shapes ", inputs[0], " and ", input, " along axis ", axis_);
      }
      output[axis] += input[axis];
    }
    set_built();
    return {output};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> given, bool,
                                       std::uint32_t) override {
    const std::vector<Shape> inputs = joined(given);
    return std::make_unique<ConcatenateKernel>(rows, inputs, sample_axis(*this, axis_, inputs[0]));
  }

 private:
  /// The inputs' shapes with the axis along which they are joined.
  std::vector<Shape> joined(std::span<const Shape> inputs) const {
    std::vector<Shape> shapes(inputs.begin(), inputs.end());
    if (!stacks_) return shapes;
    for (Shape& shape : shapes) {
      const Shape one_more = shape.batched(1);
      const int axis = sample_axis(*this, axis_, one_more);
      std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
      dims.insert(dims.begin() + axis, 1);
      shape = shape_of(*this, dims);
    }
    return shapes;
  }

  int axis_;
  bool stacks_;
};

}  // namespace

std::unique_ptr<Layer> make_concatenate(const std::string& name, const ConcatenateOptions& options,
                                        bool trainable) {
  return std::make_unique<Concatenate>(name, options, trainable);
}

}  // namespace ktrain
