#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "nn/operations/elementwise.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

class WhereKernel final : public LayerKernel {
 public:
  WhereKernel(std::span<const Operand> operands, const Shape& result, std::span<const Shape> shapes,
              bool training)
      : operands_(operands), broadcast_(result, shapes) {
    for (std::size_t k = 1; k < 3; ++k) {
      auto& reduction = reductions_[k];
      if (training && shapes[k].elements() != result.elements()) reduction.emplace(result, shapes[k]);
      if (reduction) spread_ = Tensor(result);
    }
  }

  void forward(const Forward& call) override {
    const auto at = [&](std::size_t k) { return data(k, call.inputs); };
    select(at(0), at(1), broadcast_.step(1), at(2), broadcast_.step(2), call.outputs[0].data<float>());
  }

  void backward(const Backward& call) override {
    const float* dy = call.output_gradients[0].data<float>();
    for (std::size_t k = 1; k < 3; ++k) {
      if (operands_[k] || call.input_gradients[input_of(k)].empty()) continue;
      float* dx = call.input_gradients[input_of(k)].data<float>();
      float* to = reductions_[k] ? spread_.span<float>().data() : dx;
      const float* condition = data(0, call.inputs);
      const std::int64_t step = broadcast_.step(0);
      broadcast_.for_each_run(kCheapGrain, [=](const Broadcast::Run& run) {
        for (std::int64_t i = 0; i < run.count; ++i) {
          const bool first = condition[run.operands[0] + i * step] != 0;
          to[run.result + i] = first == (k == 1) ? dy[run.result + i] : 0.0F;
        }
      });
      if (reductions_[k]) reductions_[k]->sum(to, dx);
    }
    const std::size_t condition = input_of(0);
    if (!operands_[0] && !call.input_gradients[condition].empty()) {
      std::ranges::fill(call.input_gradients[condition].span<float>(), 0.0F);
    }
  }

 private:
  std::size_t input_of(std::size_t operand) const {
    std::size_t input = 0;
    for (std::size_t k = 0; k < operand; ++k) input += operands_[k] ? 0 : 1;
    return input;
  }
  const float* data(std::size_t operand, std::span<const ConstTensorView> inputs) const {
    return operands_[operand] ? operands_[operand]->values.data() : inputs[input_of(operand)].data<float>();
  }
  void select(const float* condition, const float* a, std::int64_t step_a, const float* b,
              std::int64_t step_b, float* y) const {
    const std::int64_t step = broadcast_.step(0);
    broadcast_.for_each_run(kCheapGrain, [=](const Broadcast::Run& run) {
      for (std::int64_t i = 0; i < run.count; ++i) {
        const bool first = condition[run.operands[0] + i * step] != 0;
        y[run.result + i] = first ? a[run.operands[1] + i * step_a] : b[run.operands[2] + i * step_b];
      }
    });
  }

  std::span<const Operand> operands_;
  Broadcast broadcast_;
  std::array<std::optional<Reduction>, 3> reductions_;  ///< of the spread operands
  Tensor spread_;
};

class Where final : public Layer {
 public:
  Where(const std::string& name, std::vector<Operand> operands)
      : Layer(name, "Where"), operands_(std::move(operands)) {
    if (operands_.size() != 3) refuse(*this, "takes a condition and two operands");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape result = result_of(operand_shapes(*this, operands_, inputs, 1));
    set_built();
    return {result.sample()};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    const auto shapes = operand_shapes(*this, operands_, inputs, rows);
    return std::make_unique<WhereKernel>(operands_, result_of(shapes), shapes, training);
  }

 private:
  Shape result_of(std::span<const Shape> shapes) const {
    const auto values = broadcast_shape(shapes[1], shapes[2]);
    const auto all = values ? broadcast_shape(*values, shapes[0]) : std::nullopt;
    if (!all) {
      refuse(*this, "operands of shapes ", shapes[0], ", ", shapes[1], " and ", shapes[2],
             " do not fit each other");
    }
    return *all;
  }

  std::vector<Operand> operands_;
};

}  // namespace

std::unique_ptr<Layer> make_where(const std::string& name, std::vector<Operand> operands) {
  return std::make_unique<Where>(name, std::move(operands));
}

}  // namespace ktrain
