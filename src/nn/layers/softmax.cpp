#include "ktrain/nn/layers/softmax.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "nn/layers/build_checks.h"
#include "nn/layers/moved_axes.h"
#include "nn/refuse.h"
#include "ops/activation.h"
#include "ops/broadcast.h"
#include "ops/map.h"

namespace ktrain {
namespace {

/// What Keras puts where a mask is 0.
constexpr float kMasked = -1e9F;

/// The axes of a softmax as one: x seen as (outer, count, inner).
struct JoinedAxes {
  std::int64_t outer = 1;
  std::int64_t count = 1;
  std::int64_t inner = 1;
};

class SoftmaxKernel final : public LayerKernel {
 public:
  /// `shape` is x's, `mask` the mask's.
  SoftmaxKernel(const JoinedAxes& axes, const Shape& shape, const std::optional<Shape>& mask)
      : joined_{axes.outer, axes.count, axes.inner} {
    if (!mask) return;
    broadcast_.emplace(shape, std::span(&*mask, 1));
    masked_ = Tensor(joined_);
  }

  void forward(const Forward& call) override {
    const TensorView y = call.outputs[0].reshaped(joined_);
    if (!broadcast_) return activation_forward(kSoftmax, call.inputs[0].reshaped(joined_), y);
    select(call.inputs[1], call.inputs[0].data<float>(), kMasked, masked_.span<float>().data());
    activation_forward(kSoftmax, masked_.view(), y);
    select(call.inputs[1], y.data<float>(), 0, y.data<float>());
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    ConstTensorView dy = call.output_gradients[0].reshaped(joined_);
    if (broadcast_) {
      select(call.inputs[1], dy.data<float>(), 0, masked_.span<float>().data());
      dy = masked_.view();
    }
    activation_backward(kSoftmax, {}, call.outputs[0].reshaped(joined_), dy,
                        call.input_gradients[0].reshaped(joined_));
  }

 private:
  static constexpr Activation kSoftmax = {.kind = ActivationKind::kSoftmax, .axis = 1};

  /// y = x where the mask has a one, `otherwise` elsewhere.
  void select(ConstTensorView mask, const float* x, float otherwise, float* y) const {
    const float* from = mask.data<float>();
    const std::int64_t step = broadcast_->step(0);
    broadcast_->for_each_run(kCheapGrain, [=](const Broadcast::Run& run) {
      for (std::int64_t i = 0; i < run.count; ++i) {
        y[run.result + i] = from[run.operands[0] + i * step] > 0.5F ? x[run.result + i] : otherwise;
      }
    });
  }

  Shape joined_;
  std::optional<Broadcast> broadcast_;
  Tensor masked_;
};

class Softmax final : public Layer {
 public:
  Softmax(const std::string& name, const SoftmaxOptions& options, bool trainable)
      : Layer(name, "Softmax", trainable), options_(options) {
    if (options.axis.empty()) refuse(*this, "axis is empty");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() != (options_.masked ? 2 : 1)) refuse(*this, "takes one input, not ", inputs.size());
    static_cast<void>(softmax_axes(inputs[0]));
    if (options_.masked) {
      const auto both = broadcast_shape(inputs[0], inputs[1]);
      if (inputs[1].rank() != inputs[0].rank() || !both || *both != inputs[0]) {
        refuse(*this, "a mask of shape ", inputs[1], " does not fit samples of shape ", inputs[0]);
      }
    }
    set_built();
    return {inputs[0]};
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    const std::vector<int> axes = softmax_axes(inputs[0]);
    if (side_by_side(axes)) return kernel(rows, inputs, axes.front(), axes.back());
    const int rank = inputs[0].rank();
    const std::vector<int> order = axes_at_back(axes, rank);
    std::vector<Shape> moved;
    for (const Shape& input : inputs) moved.push_back(moved_sample(input, order));
    auto softmax = kernel(rows, moved, rank - static_cast<int>(axes.size()), rank - 1);
    return make_moved_axes_kernel(std::move(softmax), rows, inputs, inputs[0], order);
  }

 private:
  /// Those of a sample, in order.
  std::vector<int> softmax_axes(const Shape& input) const {
    std::vector<int> axes;
    for (const int axis : options_.axis) axes.push_back(sample_axis(*this, axis, input));
    std::ranges::sort(axes);
    if (std::ranges::adjacent_find(axes) != axes.end()) refuse(*this, "axis names an axis twice");
    return axes;
  }

  /// Along the axes from `first` to `last`.
  std::unique_ptr<LayerKernel> kernel(std::int64_t rows, std::span<const Shape> inputs, int first,
                                      int last) const {
    const Shape& input = inputs[0];
    JoinedAxes joined{.outer = rows};
    for (int axis = 0; axis < input.rank(); ++axis) {
      (axis < first ? joined.outer : axis > last ? joined.inner : joined.count) *= input[axis];
    }
    const auto mask = options_.masked ? std::optional(inputs[1].batched(rows)) : std::nullopt;
    return std::make_unique<SoftmaxKernel>(joined, input.batched(rows), mask);
  }

  SoftmaxOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_softmax(const std::string& name, const SoftmaxOptions& options, bool trainable) {
  return std::make_unique<Softmax>(name, options, trainable);
}

}  // namespace ktrain
