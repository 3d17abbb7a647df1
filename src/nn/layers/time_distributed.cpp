#include "ktrain/nn/layers/time_distributed.h"

#include <algorithm>
#include <utility>

#include "nn/layers/time_distributed_kernel.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

std::string object_within(const std::string& inner) {
  return inner.empty() ? "layer" : "layer/" + inner;
}

class TimeDistributed final : public Layer {
 public:
  TimeDistributed(const std::string& name, std::unique_ptr<Layer> layer, bool takes_mask, bool trainable)
      : Layer(name, "TimeDistributed", trainable), layer_(std::move(layer)), takes_mask_(takes_mask) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.empty() || inputs.size() > 2 || inputs[0].rank() < 2)
      refuse(*this, "takes sequences (steps, …)");
    if (inputs.size() == 2 && (inputs[1].rank() < 1 || inputs[1][0] != inputs[0][0])) {
      refuse(*this, "the mask ", inputs[1], " does not fit ", inputs[0]);
    }
    steps_ = inputs[0][0];
    const std::vector<Shape> outputs = layer_->build(steps_of(inputs));
    if (outputs.size() != 1) refuse(*this, "layer '", layer_->name(), "' has more than one output");
    for (ParameterSpec spec : layer_->parameter_specs()) {
      spec.name = layer_->name() + "/" + spec.name;
      spec.object = object_within(spec.object);
      declare(std::move(spec));
    }
    set_built();
    return {outputs[0].batched(steps_)};
  }

  void bind(std::vector<TensorView> parameters) override {
    layer_->bind(parameters);
    Layer::bind(std::move(parameters));
  }
  bool passes_through(bool training) const override { return layer_->passes_through(training); }
  bool is_differentiable() const override { return layer_->is_differentiable(); }
  bool has_local_statistics() const override { return layer_->has_local_statistics(); }

  std::int64_t forward_sum_count(const StepContext& step) const override {
    return steps_ * layer_->forward_sum_count(step);
  }
  std::int64_t backward_sum_count(const StepContext& step) const override {
    return steps_ * layer_->backward_sum_count(step);
  }
  void end_step(const StepContext& step, std::span<const double> sums) override {
    const auto count = sums.size() / static_cast<std::size_t>(steps_);
    if (count == 0) return layer_->end_step(step, sums);
    for (std::size_t at = 0; at < sums.size(); at += count) layer_->end_step(step, sums.subspan(at, count));
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    const std::vector<Shape> shapes = steps_of(inputs);
    StepContext step;
    step.training = training;
    if (layer_->forward_sum_count(step) == 0) {
      return make_steps_as_rows(layer_->prepare(rows * steps_, shapes, training, call), steps_,
                                shapes.size());
    }
    std::vector<std::unique_ptr<LayerKernel>> kernels;
    for (std::int64_t i = 0; i < steps_; ++i)
      kernels.push_back(layer_->prepare(rows, shapes, training, call));
    return make_steps_apart(std::move(kernels), rows, inputs.first(shapes.size()),
                            layer_->build(shapes).front());
  }

 private:
  /// What the layer gets of the inputs, a step of each.
  std::vector<Shape> steps_of(std::span<const Shape> inputs) const {
    std::vector<Shape> shapes{inputs[0].sample()};
    if (takes_mask_ && inputs.size() > 1) shapes.push_back(inputs[1].sample());
    return shapes;
  }

  std::unique_ptr<Layer> layer_;
  bool takes_mask_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_time_distributed(const std::string& name, std::unique_ptr<Layer> layer,
                                             bool takes_mask, bool trainable) {
  return std::make_unique<TimeDistributed>(name, std::move(layer), takes_mask, trainable);
}

}  // namespace ktrain
