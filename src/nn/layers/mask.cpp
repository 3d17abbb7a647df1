#include "ktrain/nn/layers/mask.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/binary.h"
#include "ops/map.h"

namespace ktrain {
namespace {

/// A layer that computes a mask.
class MaskLayer : public Layer {
 public:
  using Layer::Layer;
  bool is_differentiable() const final { return false; }
};

class MaskKernel : public LayerKernel {
 public:
  void backward(const Backward&) override {}
};

Shape without_last_axis(const Layer& layer, const Shape& shape) {
  if (shape.rank() < 1) refuse(layer, "takes samples of one axis or more");
  return Shape(shape.dims().first(static_cast<std::size_t>(shape.rank() - 1)));
}

class NotEqualKernel final : public MaskKernel {
 public:
  NotEqualKernel(float value, std::int64_t line) : value_(value), line_(line) {}

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    parallel_for(call.outputs[0].elements(), kCheapGrain / line_,
                 [=, this](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     const float* from = x + i * line_;
                     const bool any = std::any_of(from, from + line_, [&](float v) { return v != value_; });
                     y[i] = any ? 1.0F : 0.0F;
                   }
                 });
  }

 private:
  float value_;
  std::int64_t line_;
};

class NotEqual final : public MaskLayer {
 public:
  NotEqual(const std::string& name, float value, bool reduce_last_axis)
      : MaskLayer(name, "NotEqual"), value_(value), reduces_(reduce_last_axis) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    set_built();
    return {reduces_ ? without_last_axis(*this, input) : input};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<NotEqualKernel>(value_, reduces_ ? inputs[0][-1] : 1);
  }

 private:
  float value_;
  bool reduces_;
};

class CombineKernel final : public MaskKernel {
 public:
  /// `shapes`: those of the results after each further mask.
  CombineKernel(BinaryKind kind, std::int64_t rows, std::span<const Shape> inputs) {
    Shape shape = inputs[0].batched(rows);
    for (const Shape& input : inputs.subspan(1)) {
      const Shape mask = input.batched(rows);
      const Shape result = *broadcast_shape(shape, mask);
      steps_.emplace_back(kind, result, shape, mask, false);
      partial_.emplace_back(result);
      shape = result;
    }
  }

  void forward(const Forward& call) override {
    const float* mask = call.inputs[0].data<float>();
    for (std::size_t k = 0; k < steps_.size(); ++k) {
      float* to = k + 1 == steps_.size() ? call.outputs[0].data<float>() : partial_[k].span<float>().data();
      steps_[k].forward(mask, call.inputs[k + 1].data<float>(), to);
      mask = to;
    }
  }

 private:
  std::vector<Binary> steps_;
  std::vector<Tensor> partial_;
};

class Combine final : public MaskLayer {
 public:
  Combine(const std::string& name, const char* class_name, BinaryKind kind)
      : MaskLayer(name, class_name), kind_(kind) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    if (inputs.size() < 2) refuse(*this, "takes two masks or more, not ", inputs.size());
    Shape result = inputs[0];
    for (const Shape& input : inputs) {
      const auto both = broadcast_shape(result, input);
      if (!both || input.rank() != result.rank()) {
        refuse(*this, "masks of shapes ", result, " and ", input, " do not fit each other");
      }
      result = *both;
    }
    set_built();
    return {result};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<CombineKernel>(kind_, rows, inputs);
  }

 private:
  BinaryKind kind_;
};

class OnesKernel final : public MaskKernel {
 public:
  void forward(const Forward& call) override { std::ranges::fill(call.outputs[0].span<float>(), 1.0F); }
};

class Ones final : public MaskLayer {
 public:
  explicit Ones(const std::string& name) : MaskLayer(name, "OnesLike") {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape mask = without_last_axis(*this, single_input(*this, inputs));
    set_built();
    return {mask};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<OnesKernel>();
  }
};

}  // namespace

std::unique_ptr<Layer> make_not_equal_mask(const std::string& name, float value, bool reduce_last_axis) {
  return std::make_unique<NotEqual>(name, value, reduce_last_axis);
}
std::unique_ptr<Layer> make_mask_or(const std::string& name) {
  return std::make_unique<Combine>(name, "LogicalOr", BinaryKind::kLogicalOr);
}
std::unique_ptr<Layer> make_mask_and(const std::string& name) {
  return std::make_unique<Combine>(name, "LogicalAnd", BinaryKind::kLogicalAnd);
}
std::unique_ptr<Layer> make_ones_mask(const std::string& name) {
  return std::make_unique<Ones>(name);
}

}  // namespace ktrain
