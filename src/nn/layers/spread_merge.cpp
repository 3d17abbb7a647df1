#include <optional>
#include <utility>

#include "nn/layers/merge.h"
#include "ops/map.h"

namespace ktrain {
namespace {

void spread(const Broadcast& broadcast, const float* from, float* to) {
  const std::int64_t step = broadcast.step(0);
  broadcast.for_each_run(kCheapGrain, [=](const Broadcast::Run& run) {
    const float* source = from + run.operands[0];
    for (std::int64_t i = 0; i < run.count; ++i) to[run.result + i] = source[i * step];
  });
}

/// What becomes of one of a kernel's inputs: a copy of the output's shape.
struct SpreadInput {
  std::optional<Broadcast> broadcast;  ///< none: it is handed on as it is
  std::optional<Reduction> reduction;
  Tensor copy;
  Tensor gradient;
};

class SpreadMergeKernel final : public LayerKernel {
 public:
  SpreadMergeKernel(std::unique_ptr<LayerKernel> kernel, const MergeShapes& shapes,
                    std::span<const Shape> samples, bool training)
      : kernel_(std::move(kernel)), output_(shapes.output()) {
    for (const Shape& shape : shapes.inputs) {
      SpreadInput& value = values_.emplace_back();
      if (shape == output_) continue;
      value = {Broadcast(output_, std::span(&shape, 1)), Reduction(output_, shape), Tensor(output_),
               training ? Tensor(output_) : Tensor()};
    }
    for (std::size_t k = 0; k < shapes.inputs.size(); ++k) {
      SpreadInput& mask = masks_.emplace_back();
      mask.copy = Tensor(output_);
      std::ranges::fill(mask.copy.span<float>(), 1.0F);
      // Keras loses the mask of an input that it gives more axes.
      if (samples[k].rank() + 1 < output_.rank()) continue;
      Shape shape = shapes.inputs[k];
      shape[-1] = 1;
      mask.broadcast.emplace(output_, std::span(&shape, 1));
    }
  }

  void forward(const Forward& call) override {
    bind(call.inputs);
    for (std::size_t k = 0; k < values_.size(); ++k) {
      if (values_[k].broadcast) {
        spread(*values_[k].broadcast, call.inputs[k].data<float>(), values_[k].copy.span<float>().data());
      }
      if (masks_[k].broadcast) {
        spread(*masks_[k].broadcast, call.inputs[values_.size() + k].data<float>(),
               masks_[k].copy.span<float>().data());
      }
    }
    kernel_->forward({call.step, inputs_, call.outputs, {}});
  }

  void backward(const Backward& call) override {
    bind(call.inputs);
    gradients_.clear();
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const bool aside = values_[k].broadcast && !call.input_gradients[k].empty();
      gradients_.push_back(aside ? values_[k].gradient.view() : call.input_gradients[k]);
    }
    kernel_->backward({call.step, inputs_, call.outputs, call.output_gradients, gradients_, {}, {}, {}});
    for (std::size_t k = 0; k < values_.size(); ++k) {
      if (!values_[k].reduction || call.input_gradients[k].empty()) continue;
      values_[k].reduction->sum(values_[k].gradient.span<float>().data(),
                                call.input_gradients[k].data<float>());
    }
  }

 private:
  /// As inputs whose elements have a mask each.
  void bind(std::span<const ConstTensorView> given) {
    const Shape elements{output_.elements(), 1};
    inputs_.clear();
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const ConstTensorView copy = std::as_const(values_[k].copy).view();
      inputs_.push_back((values_[k].broadcast ? copy : given[k]).reshaped(elements));
    }
    for (const SpreadInput& mask : masks_)
      inputs_.push_back(mask.copy.view().reshaped(Shape{output_.elements()}));
  }

  std::unique_ptr<LayerKernel> kernel_;
  Shape output_;
  std::vector<SpreadInput> values_;
  std::vector<SpreadInput> masks_;
  std::vector<ConstTensorView> inputs_;
  std::vector<TensorView> gradients_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_spread_merge_kernel(std::unique_ptr<LayerKernel> kernel,
                                                      const MergeShapes& shapes,
                                                      std::span<const Shape> samples, bool training) {
  return std::make_unique<SpreadMergeKernel>(std::move(kernel), shapes, samples, training);
}

}  // namespace ktrain
