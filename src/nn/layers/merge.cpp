#include "nn/layers/merge.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/average.h"
#include "ktrain/nn/layers/maximum.h"
#include "ktrain/nn/layers/minimum.h"
#include "ktrain/nn/layers/multiply.h"
#include "ktrain/nn/layers/subtract.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

/// Add, Subtract and Average: every derivative is a constant.
class LinearMergeKernel final : public LayerKernel {
 public:
  LinearMergeKernel(const MergeShapes& shapes, BinaryKind kind, bool averages, bool gradients)
      : kind_(kind), count_(averages ? static_cast<float>(shapes.inputs.size()) : 1) {
    for (std::size_t k = 1; k < shapes.inputs.size(); ++k) {
      steps_.emplace_back(kind, shapes.partial[k], shapes.partial[k - 1], shapes.inputs[k], false);
      const bool is_output = shapes.partial[k] == shapes.output();
      partial_.push_back(is_output ? Tensor() : Tensor(shapes.partial[k]));
    }
    for (const Shape& input : shapes.inputs) {
      auto& reduction = reductions_.emplace_back();
      if (gradients && input.elements() != shapes.output().elements())
        reduction.emplace(shapes.output(), input);
    }
  }

  void forward(const Forward& call) override {
    float* y = call.outputs[0].data<float>();
    const float* sum = call.inputs[0].data<float>();
    if (steps_.empty()) std::ranges::copy(call.inputs[0].span<float>(), y);
    for (std::size_t k = 0; k < steps_.size(); ++k) {
      float* to = partial_[k].shape().rank() == 0 ? y : partial_[k].span<float>().data();
      steps_[k].forward(sum, call.inputs[k + 1].data<float>(), to);
      sum = to;
    }
    if (count_ == 1) return;
    map(y, y, call.outputs[0].elements(), kCheapGrain, [n = count_](float v) { return v / n; });
  }

  void backward(const Backward& call) override {
    const float* dy = call.output_gradients[0].data<float>();
    for (std::size_t k = 0; k < call.input_gradients.size(); ++k) {
      if (call.input_gradients[k].empty()) continue;
      float* dx = call.input_gradients[k].data<float>();
      const float scale = k > 0 && kind_ == BinaryKind::kSubtract ? -1.0F : 1.0F / count_;
      if (reductions_[k]) {
        reductions_[k]->sum(dy, dx, double{scale});
      } else {
        map(dy, dx, call.input_gradients[k].elements(), kCheapGrain, [=](float v) { return v * scale; });
      }
    }
  }

 private:
  BinaryKind kind_;
  float count_;
  std::vector<Binary> steps_;
  std::vector<Tensor> partial_;  ///< sums of fewer elements than the output; without a shape: the output
  std::vector<std::optional<Reduction>> reductions_;  ///< of the spread inputs
};

class Merge final : public Layer {
 public:
  Merge(const std::string& name, const MergeClass& merge, bool masked, bool trainable)
      : Layer(name, merge.class_name, trainable), merge_(merge), masked_(masked) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const std::span<const Shape> values = masked_ ? inputs.first(inputs.size() / 2) : inputs;
    if (values.empty() || (merge_.takes_two && values.size() != 2)) {
      refuse(*this, "takes ", merge_.takes_two ? "two inputs" : "one input or more", ", not ", values.size());
    }
    if (masked_) require_masks(values, inputs.subspan(values.size()));
    for (std::size_t k = 1; k < values.size(); ++k) {
      if (!merge_shapes(1, values.first(k + 1))) {
        refuse(*this, "cannot merge samples of shapes ", values[k - 1], " and ", values[k]);
      }
    }
    for (const Shape& value : values) alike_ = alike_ && value == values[0];
    set_built();
    return {merge_shapes(1, values)->output().sample()};
  }

  bool passes_gradient_through() const override {
    return merge_.kind == BinaryKind::kAdd && !merge_.averages && alike_;
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    if (masked_) return prepare_masked(rows, inputs.first(inputs.size() / 2), training);
    const MergeShapes shapes = *merge_shapes(rows, inputs);
    if (merge_.kind == BinaryKind::kAdd || merge_.kind == BinaryKind::kSubtract) {
      return std::make_unique<LinearMergeKernel>(shapes, merge_.kind, merge_.averages, training);
    }
    return make_fold_merge_kernel(shapes, merge_.kind, training);
  }

 private:
  std::unique_ptr<LayerKernel> prepare_masked(std::int64_t rows, std::span<const Shape> values,
                                              bool training) const {
    auto kernel = make_masked_merge_kernel(merge_.kind, values.size());
    if (std::ranges::all_of(values, [&](const Shape& value) { return value == values[0]; })) return kernel;
    return make_spread_merge_kernel(std::move(kernel), *merge_shapes(rows, values), values, training);
  }

  void require_masks(std::span<const Shape> values, std::span<const Shape> masks) const {
    for (std::size_t k = 0; k < values.size(); ++k) {
      const Shape& value = values[k];
      const bool fits = value.rank() > 0 && masks.size() == values.size() &&
                        masks[k].batched(value[-1]).elements() == value.elements() &&
                        masks[k].rank() == value.rank() - 1;
      if (!fits) refuse(*this, "a mask does not fit samples of shape ", value);
    }
    if (values.size() > kMostMaskedInputs)
      refuse(*this, "merges at most ", kMostMaskedInputs, " masked inputs");
  }

  MergeClass merge_;
  bool masked_;
  bool alike_ = true;  ///< all inputs of all calls so far have one shape
};

}  // namespace

std::optional<MergeShapes> merge_shapes(std::int64_t rows, std::span<const Shape> samples) {
  MergeShapes shapes;
  int rank = 0;
  for (const Shape& sample : samples) rank = std::max(rank, sample.rank());
  for (const Shape& sample : samples) {
    shapes.inputs.push_back(expanded(sample, rank).batched(rows));
    const auto both = shapes.partial.empty() ? shapes.inputs[0]
                                             : broadcast_shape(shapes.partial.back(), shapes.inputs.back());
    if (!both) return std::nullopt;
    shapes.partial.push_back(*both);
  }
  return shapes;
}

std::unique_ptr<Layer> make_add(const std::string& name, bool trainable) {
  return std::make_unique<Merge>(name, MergeClass{"Add", BinaryKind::kAdd}, false, trainable);
}
std::unique_ptr<Layer> make_subtract(const std::string& name, bool trainable) {
  return std::make_unique<Merge>(
      name, MergeClass{.class_name = "Subtract", .kind = BinaryKind::kSubtract, .takes_two = true}, false,
      trainable);
}
std::unique_ptr<Layer> make_average(const std::string& name, bool trainable) {
  return std::make_unique<Merge>(
      name, MergeClass{.class_name = "Average", .kind = BinaryKind::kAdd, .averages = true}, false,
      trainable);
}
std::unique_ptr<Layer> make_multiply(const std::string& name, bool masked, bool trainable) {
  return std::make_unique<Merge>(name, MergeClass{"Multiply", BinaryKind::kMultiply}, masked, trainable);
}
std::unique_ptr<Layer> make_maximum(const std::string& name, bool masked, bool trainable) {
  return std::make_unique<Merge>(name, MergeClass{"Maximum", BinaryKind::kMaximum}, masked, trainable);
}
std::unique_ptr<Layer> make_minimum(const std::string& name, bool masked, bool trainable) {
  return std::make_unique<Merge>(name, MergeClass{"Minimum", BinaryKind::kMinimum}, masked, trainable);
}

}  // namespace ktrain
