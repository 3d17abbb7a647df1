#include "nn/operations/selection.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/parallel.h"
#include "nn/layers/build_checks.h"
#include "ops/map.h"

namespace ktrain {
namespace {

/// Elements that lie side by side in the input (or are padding) and in the output.
struct Run {
  std::int64_t from = 0;  ///< -1: padding
  std::int64_t to = 0;
  std::int64_t count = 0;
};

class RunFinder {
 public:
  RunFinder(const Selection& selection, const Shape& input) : selection_(selection), input_(input) {
    visit(0, 0, false);
  }
  std::vector<Run> take() { return std::move(runs_); }

 private:
  void visit(int axis, std::int64_t offset, bool padding) {
    if (axis == input_.rank()) return add(padding ? -1 : offset);
    for (const std::int64_t index : selection_.indices[static_cast<std::size_t>(axis)]) {
      visit(axis + 1, offset * input_[axis] + std::max<std::int64_t>(index, 0), padding || index < 0);
    }
  }

  void add(std::int64_t from) {
    const bool joins = !runs_.empty() &&
                       (from < 0 ? runs_.back().from < 0
                                 : runs_.back().from >= 0 && runs_.back().from + runs_.back().count == from);
    if (!joins) runs_.push_back({from, to_, 0});
    ++runs_.back().count;
    ++to_;
  }

  const Selection& selection_;
  const Shape& input_;
  std::vector<Run> runs_;
  std::int64_t to_ = 0;
};

class SelectionKernel final : public LayerKernel {
 public:
  SelectionKernel(std::span<const Selection> selections, const Shape& input, std::int64_t rows, float padding)
      : rows_(rows), input_size_(input.elements()), padding_(padding) {
    for (const Selection& selection : selections) {
      outputs_.push_back({RunFinder(selection, input).take(), selection.shape.elements()});
    }
  }

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      float* y = call.outputs[k].data<float>();
      for_each_row([=, this](std::int64_t row) {
        for (const Run& run : outputs_[k].runs) {
          float* to = y + row * outputs_[k].size + run.to;
          if (run.from < 0) {
            std::fill_n(to, run.count, padding_);
          } else {
            std::copy_n(x + row * input_size_ + run.from, run.count, to);
          }
        }
      });
    }
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    float* dx = call.input_gradients[0].data<float>();
    for_each_row([&](std::int64_t row) { std::fill_n(dx + row * input_size_, input_size_, 0.0F); });
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      if (call.output_gradients[k].empty()) continue;
      const float* dy = call.output_gradients[k].data<float>();
      for_each_row([=, this](std::int64_t row) {
        for (const Run& run : outputs_[k].runs) {
          if (run.from < 0) continue;
          const float* from = dy + row * outputs_[k].size + run.to;
          float* to = dx + row * input_size_ + run.from;
          for (std::int64_t i = 0; i < run.count; ++i) to[i] += from[i];
        }
      });
    }
  }

 private:
  struct Output {
    std::vector<Run> runs;
    std::int64_t size;
  };

  template <typename Body>
  void for_each_row(const Body& body) const {
    parallel_for(rows_, kCheapGrain / std::max<std::int64_t>(1, input_size_),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t row = begin; row < end; ++row) body(row);
                 });
  }

  std::int64_t rows_;
  std::int64_t input_size_;
  float padding_;
  std::vector<Output> outputs_;
};

class SelectionLayer final : public Layer {
 public:
  SelectionLayer(const std::string& name, const std::string& class_name, SelectionRule rule, float padding)
      : Layer(name, class_name), rule_(std::move(rule)), padding_(padding) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    std::vector<Shape> shapes;
    for (const Selection& selection : rule_(*this, input)) {
      std::size_t elements = 1;
      for (const auto& indices : selection.indices) elements *= indices.size();
      KTRAIN_CHECK(static_cast<std::int64_t>(elements) == selection.shape.elements(), name(), " ",
                   selection.shape);
      shapes.push_back(selection.shape);
    }
    set_built();
    return shapes;
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<SelectionKernel>(rule_(*this, inputs[0]), inputs[0], rows, padding_);
  }

 private:
  SelectionRule rule_;
  float padding_;
};

}  // namespace

std::unique_ptr<Layer> make_selection(const std::string& name, const std::string& class_name,
                                      SelectionRule rule, float padding) {
  return std::make_unique<SelectionLayer>(name, class_name, std::move(rule), padding);
}

}  // namespace ktrain
