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

/// A layer on each step of its inputs.
class StepByStep : public Layer {
 public:
  StepByStep(const std::string& name, const std::string& class_name, std::unique_ptr<Layer> layer,
             bool trainable)
      : Layer(name, class_name, trainable), layer_(std::move(layer)) {}

  std::vector<Shape> build(std::span<const Shape> inputs) final {
    require_steps(inputs);
    steps_ = inputs[0][0];
    std::vector<Shape> outputs = layer_->build(steps_of(inputs));
    for (Shape& output : outputs) output = output.batched(steps_);
    require_outputs(outputs);
    if (!layer_->states().empty()) refuse(*this, "layer '", layer_->name(), "' is stateful");
    // Keras divides its kernel anew for each step of the sequence.
    if (layer_->class_name() == "SpectralNormalization") {
      refuse(*this, "layer '", layer_->name(), "' (SpectralNormalization) is not supported here");
    }
    for (ParameterSpec spec : layer_->parameter_specs()) declare(own(std::move(spec)));
    set_built();
    return outputs;
  }

  void bind(std::vector<TensorView> parameters) override {
    layer_->bind(parameters);
    Layer::bind(std::move(parameters));
  }
  bool passes_through(bool training) const override { return layer_->passes_through(training); }
  bool passes_gradient_through() const override { return layer_->passes_gradient_through(); }
  bool is_differentiable() const override { return layer_->is_differentiable(); }
  bool has_activity_penalty() const override { return layer_->has_activity_penalty(); }
  bool has_moving_statistics() const override { return layer_->has_moving_statistics(); }
  void end_recalibration() override { layer_->end_recalibration(); }
  bool has_local_statistics() const override { return layer_->has_local_statistics(); }
  std::vector<double*> statistics_momenta() override { return layer_->statistics_momenta(); }

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
    step.recalibration = !training;  // which inference must be ready for
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

 protected:
  const Layer& layer() const { return *layer_; }

 private:
  virtual void require_steps(std::span<const Shape> inputs) const = 0;
  virtual void require_outputs(std::span<const Shape>) const {}
  /// A variable of the layer as one of this layer.
  virtual ParameterSpec own(ParameterSpec spec) const = 0;
  /// What the layer gets of the inputs, a step of each.
  virtual std::vector<Shape> steps_of(std::span<const Shape> inputs) const = 0;

  std::unique_ptr<Layer> layer_;
  std::int64_t steps_ = 0;
};

class TimeDistributed final : public StepByStep {
 public:
  TimeDistributed(const std::string& name, std::unique_ptr<Layer> layer, bool takes_mask, bool trainable)
      : StepByStep(name, "TimeDistributed", std::move(layer), trainable), takes_mask_(takes_mask) {}

 private:
  void require_steps(std::span<const Shape> inputs) const override {
    if (inputs.empty() || inputs.size() > 2 || inputs[0].rank() < 2)
      refuse(*this, "takes sequences (steps, …)");
    if (inputs.size() == 2 && (inputs[1].rank() < 1 || inputs[1][0] != inputs[0][0])) {
      refuse(*this, "the mask ", inputs[1], " does not fit ", inputs[0]);
    }
  }
  void require_outputs(std::span<const Shape> outputs) const override {
    if (outputs.size() != 1) refuse(*this, "layer '", layer().name(), "' has more than one output");
  }
  ParameterSpec own(ParameterSpec spec) const override {
    spec.name = layer().name() + "/" + spec.name;
    spec.object = object_within(spec.object);
    return spec;
  }
  std::vector<Shape> steps_of(std::span<const Shape> inputs) const override {
    std::vector<Shape> shapes{inputs[0].sample()};
    if (takes_mask_ && inputs.size() > 1) shapes.push_back(inputs[1].sample());
    return shapes;
  }

  bool takes_mask_;
};

class DistributedPart final : public StepByStep {
 public:
  /// `as` is what the pointer holds.
  DistributedPart(const Layer& as, std::unique_ptr<Layer> layer)
      : StepByStep(as.name(), as.class_name(), std::move(layer), as.trainable()) {}

 private:
  void require_steps(std::span<const Shape> inputs) const override {
    for (const Shape& input : inputs) {
      if (input.rank() < 1 || input[0] != inputs[0][0])
        refuse(*this, inputs[0], " and ", input, " have not the same steps");
    }
  }
  ParameterSpec own(ParameterSpec spec) const override { return spec; }
  std::vector<Shape> steps_of(std::span<const Shape> inputs) const override {
    std::vector<Shape> shapes;
    for (const Shape& input : inputs) shapes.push_back(input.sample());
    return shapes;
  }
};

}  // namespace

std::unique_ptr<Layer> make_time_distributed(const std::string& name, std::unique_ptr<Layer> layer,
                                             bool takes_mask, bool trainable) {
  return std::make_unique<TimeDistributed>(name, std::move(layer), takes_mask, trainable);
}

std::unique_ptr<Layer> make_distributed_part(std::unique_ptr<Layer> layer) {
  const Layer& as = *layer;
  return std::make_unique<DistributedPart>(as, std::move(layer));
}

}  // namespace ktrain
