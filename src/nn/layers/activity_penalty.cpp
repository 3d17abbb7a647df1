#include "ktrain/nn/layers/activity_regularization.h"
#include "nn/activity_gradient.h"
#include "nn/layers/build_checks.h"

namespace ktrain {
namespace {

class ActivityPenaltyKernel final : public LayerKernel {
 public:
  explicit ActivityPenaltyKernel(const Regularizer& regularizer) : regularizer_(regularizer) {}

  void forward(const Forward& call) override {
    penalty_ = penalty(regularizer_, call.inputs[0].span<float>());
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const std::span<float> gradient = call.input_gradients[0].span<float>();
    std::ranges::fill(gradient, 0.0F);
    add_activity_gradient(regularizer_, call.step, call.inputs[0].span<float>(), gradient);
  }
  double activity_penalty() const override { return penalty_; }

 private:
  Regularizer regularizer_;
  double penalty_ = 0;
};

class ActivityPenalty final : public Layer {
 public:
  ActivityPenalty(const std::string& name, const Regularizer& regularizer)
      : Layer(name, "ActivityPenalty"), regularizer_(regularizer) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    single_input(*this, inputs);
    set_built();
    return {};
  }
  bool has_activity_penalty() const override { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<ActivityPenaltyKernel>(regularizer_);
  }

 private:
  Regularizer regularizer_;
};

}  // namespace

std::unique_ptr<Layer> make_activity_penalty(const std::string& name, const Regularizer& regularizer) {
  return std::make_unique<ActivityPenalty>(name, regularizer);
}

}  // namespace ktrain
