#include <utility>

#include "nn/layers/time_distributed_kernel.h"

namespace ktrain {
namespace {

class StepsAsRows final : public LayerKernel {
 public:
  StepsAsRows(std::unique_ptr<LayerKernel> kernel, std::int64_t steps, std::size_t inputs)
      : kernel_(std::move(kernel)), steps_(steps), count_(inputs) {}

  void forward(const Forward& call) override {
    set(call.inputs.first(count_), inputs_);
    set(call.outputs, outputs_);
    const StepContext step = step_of(call.step);
    kernel_->forward({.step = step, .inputs = inputs_, .outputs = outputs_, .group_sums = {}});
  }

  void backward(const Backward& call) override {
    set(call.inputs.first(count_), inputs_);
    set(call.outputs, const_outputs_);
    set(call.output_gradients, output_gradients_);
    set(call.input_gradients.first(count_), input_gradients_);
    const StepContext step = step_of(call.step);
    kernel_->backward({.step = step,
                       .inputs = inputs_,
                       .outputs = const_outputs_,
                       .output_gradients = output_gradients_,
                       .input_gradients = input_gradients_,
                       .parameter_gradients = call.parameter_gradients,
                       .forward_group_sums = {},
                       .group_sums = {}});
  }

  double activity_penalty() const override { return kernel_->activity_penalty(); }

 private:
  StepContext step_of(StepContext step) const {
    step.first_position *= steps_;
    return step;
  }

  /// (rows, steps, …) as (rows·steps, …).
  template <typename View>
  void set(std::span<const View> views, std::vector<View>& reshaped) const {
    reshaped.clear();
    for (const View& view : views) {
      if (view.empty()) {
        reshaped.push_back({});
        continue;
      }
      const Shape& shape = view.shape();
      reshaped.push_back(view.reshaped(shape.sample().sample().batched(shape[0] * steps_)));
    }
  }

  std::unique_ptr<LayerKernel> kernel_;
  std::int64_t steps_;
  std::size_t count_;
  std::vector<ConstTensorView> inputs_;
  std::vector<TensorView> outputs_;
  std::vector<ConstTensorView> const_outputs_;
  std::vector<ConstTensorView> output_gradients_;
  std::vector<TensorView> input_gradients_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_steps_as_rows(std::unique_ptr<LayerKernel> kernel, std::int64_t steps,
                                                std::size_t inputs) {
  return std::make_unique<StepsAsRows>(std::move(kernel), steps, inputs);
}

}  // namespace ktrain
