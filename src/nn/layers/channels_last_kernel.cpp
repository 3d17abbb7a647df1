#include "nn/layers/channels_last_kernel.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ops/transpose.h"

namespace ktrain {
namespace {

/// The axes of a sample with `last` at the back, or their inverse.
std::vector<int> order(int rank, std::span<const int> last, bool back) {
  std::vector<int> axes;
  for (int i = 0; i < rank; ++i) {
    if (std::ranges::find(last, i) == last.end()) axes.push_back(i);
  }
  axes.insert(axes.end(), last.begin(), last.end());
  if (!back) return axes;
  std::vector<int> inverse(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    inverse[static_cast<std::size_t>(axes[i])] = static_cast<int>(i);
  return inverse;
}

Shape moved(const Shape& sample, std::span<const int> last) {
  Shape result = sample;
  const std::vector<int> axes = order(sample.rank(), last, false);
  for (int i = 0; i < sample.rank(); ++i) result[i] = sample[axes[static_cast<std::size_t>(i)]];
  return result;
}

class ChannelsLastKernel final : public LayerKernel {
 public:
  ChannelsLastKernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows, const Shape& sample,
                     std::span<const int> axes)
      : kernel_(std::move(kernel)),
        to_back_(rows, sample, order(sample.rank(), axes, false)),
        from_back_(rows, moved(sample, axes), order(sample.rank(), axes, true)),
        x_(moved(sample, axes).batched(rows)),
        y_(x_.shape()),
        gradient_(x_.shape()) {}

  void forward_sums(const Forward& call, std::span<double> sums) override {
    take(call.inputs[0], x_);
    kernel_->forward_sums(inner(call), sums);
  }

  void forward(const Forward& call) override {
    take(call.inputs[0], x_);
    kernel_->forward(inner(call));
    from_back_.run(y_.span<float>().data(), call.outputs[0].data<float>());
  }

  void backward_sums(const Backward& call, std::span<double> sums) override {
    take(call.output_gradients[0], gradient_);
    kernel_->backward_sums(inner(call, {}), sums);
  }

  void backward(const Backward& call) override {
    take(call.output_gradients[0], gradient_);
    const bool wants_input = !call.input_gradients[0].empty();
    const TensorView to = wants_input ? y_.view() : TensorView();
    kernel_->backward(inner(call, to));
    if (wants_input) from_back_.run(y_.span<float>().data(), call.input_gradients[0].data<float>());
  }

 private:
  void take(ConstTensorView from, Tensor& to) { to_back_.run(from.data<float>(), to.span<float>().data()); }

  void bind_inputs(std::span<const ConstTensorView> inputs) {
    inputs_.assign(inputs.begin(), inputs.end());
    inputs_[0] = std::as_const(x_).view();
  }

  Forward inner(const Forward& call) {
    bind_inputs(call.inputs);
    output_ = y_.view();
    return {call.step, inputs_, std::span(&output_, 1), call.group_sums};
  }

  // The result's memory serves for the input's gradient: the kernels that come here do not look at it.
  Backward inner(const Backward& call, const TensorView& input_gradient) {
    bind_inputs(call.inputs);
    const_output_ = {};
    output_gradient_ = gradient_.view();
    input_gradient_ = input_gradient;
    return {call.step,
            inputs_,
            std::span(&const_output_, 1),
            std::span(&output_gradient_, 1),
            std::span(&input_gradient_, 1),
            call.parameter_gradients,
            call.forward_group_sums,
            call.group_sums};
  }

  std::unique_ptr<LayerKernel> kernel_;
  Transpose to_back_;
  Transpose from_back_;
  Tensor x_;  ///< of the latest forward
  Tensor y_;
  Tensor gradient_;
  std::vector<ConstTensorView> inputs_;
  TensorView output_;
  ConstTensorView const_output_;
  ConstTensorView output_gradient_;
  TensorView input_gradient_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_channels_last_kernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows,
                                                       const Shape& sample, std::span<const int> axes) {
  return std::make_unique<ChannelsLastKernel>(std::move(kernel), rows, sample, axes);
}

}  // namespace ktrain
