#include "nn/layers/moved_axes.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "ops/transpose.h"

namespace ktrain {
namespace {

/// The order of a sample's axes with those that others take the place of the features.
std::vector<int> extended(std::vector<int> order, int rank) {
  for (int axis = static_cast<int>(order.size()); axis < rank; ++axis) order.push_back(axis);
  return order;
}

/// Copies of a tensor with its axes in another order, there and back.
class Moved {
 public:
  Moved(std::int64_t rows, const Shape& sample, const std::vector<int>& order)
      : to_(rows, sample, order),
        back_(rows, moved_sample(sample, order), inverse_of(order)),
        values_(moved_sample(sample, order).batched(rows)),
        gradient_(values_.shape()) {}

  TensorView values() { return values_.view(); }
  TensorView gradient() { return gradient_.view(); }
  void take(ConstTensorView from) { to_.run(from.data<float>(), values_.span<float>().data()); }
  void take_gradient(ConstTensorView from) { to_.run(from.data<float>(), gradient_.span<float>().data()); }
  void give(TensorView to) { back_.run(values_.span<float>().data(), to.data<float>()); }
  void give_gradient(TensorView to) { back_.run(gradient_.span<float>().data(), to.data<float>()); }

 private:
  Transpose to_;
  Transpose back_;
  Tensor values_;
  Tensor gradient_;
};

class MovedAxesKernel final : public LayerKernel {
 public:
  MovedAxesKernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows, std::span<const Shape> inputs,
                  const Shape& output, const std::vector<int>& order)
      : kernel_(std::move(kernel)), output_(rows, output, extended(order, output.rank())) {
    for (const Shape& input : inputs) inputs_.emplace_back(rows, input, order);
  }

  void forward(const Forward& call) override {
    bind(call.inputs);
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].take(call.inputs[i]);
    outputs_.assign(call.outputs.begin(), call.outputs.end());
    outputs_[0] = output_.values();
    kernel_->forward({call.step, values_, outputs_, {}});
    output_.give(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    bind(call.inputs);
    output_values_.assign(call.outputs.begin(), call.outputs.end());
    output_values_[0] = output_.values();
    output_gradients_.assign(call.output_gradients.begin(), call.output_gradients.end());
    if (!output_gradients_[0].empty()) {
      output_.take_gradient(output_gradients_[0]);
      output_gradients_[0] = output_.gradient();
    }
    input_gradients_.assign(call.input_gradients.begin(), call.input_gradients.end());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!input_gradients_[i].empty()) input_gradients_[i] = inputs_[i].gradient();
    }
    kernel_->backward({call.step,
                       values_,
                       output_values_,
                       output_gradients_,
                       input_gradients_,
                       call.parameter_gradients,
                       {},
                       {}});
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!call.input_gradients[i].empty()) inputs_[i].give_gradient(call.input_gradients[i]);
    }
  }

  double activity_penalty() const override { return kernel_->activity_penalty(); }

 private:
  void bind(std::span<const ConstTensorView> given) {
    values_.assign(given.begin(), given.end());
    for (std::size_t i = 0; i < inputs_.size(); ++i) values_[i] = inputs_[i].values();
  }

  std::unique_ptr<LayerKernel> kernel_;
  std::deque<Moved> inputs_;
  Moved output_;
  std::vector<ConstTensorView> values_;
  std::vector<TensorView> outputs_;
  std::vector<ConstTensorView> output_values_;
  std::vector<ConstTensorView> output_gradients_;
  std::vector<TensorView> input_gradients_;
};

}  // namespace

bool side_by_side(std::span<const int> axes) {
  return std::ranges::adjacent_find(axes, [](int a, int b) { return b != a + 1; }) == axes.end();
}

std::vector<int> axes_at_back(std::span<const int> axes, int count) {
  std::vector<int> order;
  for (int axis = 0; axis < count; ++axis) {
    if (std::ranges::find(axes, axis) == axes.end()) order.push_back(axis);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  return order;
}

std::vector<int> inverse_of(const std::vector<int>& order) {
  std::vector<int> inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return inverse;
}

Shape moved_sample(const Shape& sample, const std::vector<int>& order) {
  Shape result = sample;
  for (std::size_t i = 0; i < order.size(); ++i) result[static_cast<int>(i)] = sample[order[i]];
  return result;
}

std::unique_ptr<LayerKernel> make_moved_axes_kernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows,
                                                    std::span<const Shape> inputs, const Shape& output,
                                                    const std::vector<int>& order) {
  return std::make_unique<MovedAxesKernel>(std::move(kernel), rows, inputs, output, order);
}

}  // namespace ktrain
