#include <algorithm>
#include <functional>
#include <utility>

#include "nn/layers/time_axis.h"
#include "nn/layers/time_distributed_kernel.h"

namespace ktrain {
namespace {

/// A tensor with the time first, and its views step by step.
struct TimeFirst {
  TimeAxis size;
  Tensor values;

  TimeFirst() = default;
  TimeFirst(std::int64_t rows, std::int64_t steps, const Shape& sample)
      : size{rows, steps, sample.elements()}, values(sample.batched(rows).batched(steps)) {}

  TensorView step(std::int64_t t) {
    const TensorView all = values.view();
    return all.rows(t, t + 1).reshaped(all.shape().sample());
  }
  void read(const float* batch_first) {
    to_time_first(size, false, batch_first, values.span<float>().data());
  }
  void write(float* batch_first) { to_batch_first(size, false, values.span<float>().data(), batch_first); }
};

class StepsApart final : public LayerKernel {
 public:
  StepsApart(std::vector<std::unique_ptr<LayerKernel>> kernels, std::int64_t rows,
             std::span<const Shape> inputs, const Shape& output)
      : kernels_(std::move(kernels)),
        output_(rows, std::ssize(kernels_), output),
        output_gradient_(rows, std::ssize(kernels_), output),
        input_gradient_(rows, std::ssize(kernels_), inputs[0].sample()) {
    for (const Shape& input : inputs) inputs_.emplace_back(rows, std::ssize(kernels_), input.sample());
  }

  void forward_sums(const Forward& call, std::span<double> sums) override {
    read_inputs(call.inputs);
    for_steps([&](std::int64_t t) { kernel(t).forward_sums(forward_of(call, t, {}), part(sums, t)); });
  }

  void forward(const Forward& call) override {
    if (call.group_sums.empty()) read_inputs(call.inputs);  // no sums were asked for
    for_steps([&](std::int64_t t) { kernel(t).forward(forward_of(call, t, part(call.group_sums, t))); });
    output_.write(call.outputs[0].data<float>());
  }

  void backward_sums(const Backward& call, std::span<double> sums) override {
    output_gradient_.read(call.output_gradients[0].data<float>());
    for_steps([&](std::int64_t t) {
      set_gradients(call, t);
      kernel(t).backward_sums(backward_of(call, t, {}), part(sums, t));
    });
  }

  void backward(const Backward& call) override {
    output_gradient_.read(call.output_gradients[0].data<float>());
    for_steps([&](std::int64_t t) {
      set_gradients(call, t);
      kernel(t).backward(backward_of(call, t, part(call.group_sums, t)));
      if (t > 0) add_parameter_gradients(call);
    });
    if (!call.input_gradients[0].empty()) input_gradient_.write(call.input_gradients[0].data<float>());
  }

 private:
  LayerKernel& kernel(std::int64_t t) { return *kernels_[static_cast<std::size_t>(t)]; }

  template <typename Body>
  void for_steps(const Body& body) {
    for (std::int64_t t = 0; t < std::ssize(kernels_); ++t) body(t);
  }

  template <typename T>
  std::span<T> part(std::span<T> sums, std::int64_t t) const {
    const std::size_t count = sums.size() / kernels_.size();
    return sums.subspan(static_cast<std::size_t>(t) * count, count);
  }

  void read_inputs(std::span<const ConstTensorView> inputs) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].read(inputs[i].data<float>());
  }

  Forward forward_of(const Forward& call, std::int64_t t, std::span<const double> sums) {
    set_inputs(t);
    output_view_ = output_.step(t);
    return {.step = call.step,
            .inputs = input_views_,
            .outputs = std::span(&output_view_, 1),
            .group_sums = sums};
  }

  void set_inputs(std::int64_t t) {
    input_views_.clear();
    for (TimeFirst& input : inputs_) input_views_.push_back(input.step(t));
  }

  void set_gradients(const Backward& call, std::int64_t t) {
    set_inputs(t);
    const_output_view_ = output_.step(t);
    output_gradient_view_ = output_gradient_.step(t);
    input_gradient_views_.assign(inputs_.size(), {});
    if (!call.input_gradients[0].empty()) input_gradient_views_[0] = input_gradient_.step(t);
    if (t == 0) {
      parameter_gradients_.assign(call.parameter_gradients.begin(), call.parameter_gradients.end());
      return;
    }
    further_.resize(call.parameter_gradients.size());
    for (std::size_t i = 0; i < further_.size(); ++i) {
      const TensorView& wanted = call.parameter_gradients[i];
      if (wanted.empty()) continue;
      if (further_[i].shape().rank() == 0) further_[i] = Tensor(wanted.shape());
      parameter_gradients_[i] = further_[i].view();
    }
  }

  Backward backward_of(const Backward& call, std::int64_t t, std::span<const double> sums) {
    return {.step = call.step,
            .inputs = input_views_,
            .outputs = std::span(&const_output_view_, 1),
            .output_gradients = std::span(&output_gradient_view_, 1),
            .input_gradients = input_gradient_views_,
            .parameter_gradients = parameter_gradients_,
            .forward_group_sums = part(call.forward_group_sums, t),
            .group_sums = sums};
  }

  void add_parameter_gradients(const Backward& call) {
    for (std::size_t i = 0; i < further_.size(); ++i) {
      if (call.parameter_gradients[i].empty()) continue;
      const auto sum = call.parameter_gradients[i].span<float>();
      std::ranges::transform(sum, further_[i].span<float>(), sum.begin(), std::plus());
    }
  }

  std::vector<std::unique_ptr<LayerKernel>> kernels_;
  std::vector<TimeFirst> inputs_;
  TimeFirst output_;
  TimeFirst output_gradient_;
  TimeFirst input_gradient_;
  std::vector<Tensor> further_;  ///< the variables' gradients of a step behind the first
  std::vector<ConstTensorView> input_views_;
  TensorView output_view_;
  ConstTensorView const_output_view_;
  ConstTensorView output_gradient_view_;
  std::vector<TensorView> input_gradient_views_;
  std::vector<TensorView> parameter_gradients_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_steps_apart(std::vector<std::unique_ptr<LayerKernel>> kernels,
                                              std::int64_t rows, std::span<const Shape> inputs,
                                              const Shape& output) {
  return std::make_unique<StepsApart>(std::move(kernels), rows, inputs, output);
}

}  // namespace ktrain
