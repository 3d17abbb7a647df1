#include "nn/operations/reduce.h"

#include <array>

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/broadcast.h"
#include "ops/map.h"
#include "ops/reduction.h"

namespace ktrain {
namespace {

class ReduceKernel final : public LayerKernel {
 public:
  /// `y` is x's shape with 1 for each axis that goes.
  ReduceKernel(ReduceKind kind, const Shape& x, const Shape& y, bool training)
      : kind_(kind), reduction_(x, y), spread_(x, std::array{y, y}) {
    if (!training || is_sum()) return;
    equal_ = Tensor(x);
    shares_ = Tensor(y);
  }

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    if (is_sum()) return reduction_.sum(x, y, scale());
    if (kind_ == ReduceKind::kMaximum) return reduction_.maximum(x, y);
    reduction_.minimum(x, y);
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].data<float>();
    if (is_sum()) {
      const auto share = static_cast<float>(scale());
      return for_each(dy, dy, [=](std::int64_t i, float g, float) { dx[i] = g * share; });
    }
    const float* x = call.inputs[0].data<float>();
    const float* y = call.outputs[0].data<float>();
    float* equal = equal_.span<float>().data();
    float* shares = shares_.span<float>().data();
    for_each(y, y, [=](std::int64_t i, float extreme, float) { equal[i] = x[i] == extreme ? 1.0F : 0.0F; });
    reduction_.sum(equal, shares);
    map(dy, shares, shares, std::ssize(shares_.span<float>()), kCheapGrain,
        [](float g, float n) { return g / n; });
    for_each(shares, shares, [=](std::int64_t i, float share, float) { dx[i] = equal[i] * share; });
  }

 private:
  bool is_sum() const { return kind_ == ReduceKind::kSum || kind_ == ReduceKind::kMean; }
  double scale() const {
    return kind_ == ReduceKind::kMean ? 1.0 / static_cast<double>(reduction_.folded()) : 1.0;
  }

  /// body(i, a's element, b's element) for every element i of x, a and b of y's shape.
  template <typename Body>
  void for_each(const float* a, const float* b, const Body& body) const {
    const std::int64_t step = spread_.step(0);
    spread_.for_each_run(kCheapGrain, [&](const Broadcast::Run& run) {
      for (std::int64_t i = 0; i < run.count; ++i) {
        body(run.result + i, a[run.operands[0] + i * step], b[run.operands[1] + i * step]);
      }
    });
  }

  ReduceKind kind_;
  Reduction reduction_;
  Broadcast spread_;
  Tensor equal_;   ///< x's: 1 where an element is the extreme one
  Tensor shares_;  ///< y's: how many are, then each one's gradient
};

class ReduceOperation final : public Layer {
 public:
  ReduceOperation(const std::string& name, const std::string& class_name, ReduceKind kind,
                  const std::optional<std::vector<int>>& axes, bool keepdims)
      : Layer(name, class_name), kind_(kind), axes_(axes), keepdims_(keepdims) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    const Shape kept = reduced(input);
    set_built();
    if (keepdims_) return {kept};
    std::vector<std::int64_t> dims;
    for (int axis = 0; axis < input.rank(); ++axis) {
      if (!goes(axis, input)) dims.push_back(input[axis]);
    }
    return {Shape(dims)};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    return std::make_unique<ReduceKernel>(kind_, inputs[0].batched(rows), reduced(inputs[0]).batched(rows),
                                          training);
  }

 private:
  bool goes(int axis, const Shape& input) const {
    for (const int given : *axes_) {
      if (sample_axis(*this, given, input) == axis) return true;
    }
    return false;
  }
  Shape reduced(const Shape& input) const {
    if (!axes_) refuse(*this, "over all axes mixes the samples of a batch, which is not supported");
    Shape result = input;
    for (int axis = 0; axis < input.rank(); ++axis) {
      if (goes(axis, input)) result[axis] = 1;
    }
    return result;
  }

  ReduceKind kind_;
  std::optional<std::vector<int>> axes_;
  bool keepdims_;
};

}  // namespace

std::unique_ptr<Layer> make_reduce_operation(const std::string& name, const std::string& class_name,
                                             ReduceKind kind, const std::optional<std::vector<int>>& axes,
                                             bool keepdims) {
  return std::make_unique<ReduceOperation>(name, class_name, kind, axes, keepdims);
}

}  // namespace ktrain
