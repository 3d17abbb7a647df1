#include <algorithm>

#include "nn/layers/merge.h"

namespace ktrain {
namespace {

class FoldMergeKernel final : public LayerKernel {
 public:
  FoldMergeKernel(const MergeShapes& shapes, BinaryKind kind, bool training) {
    const std::size_t count = shapes.inputs.size();
    for (std::size_t k = 1; k < count; ++k) {
      steps_.emplace_back(kind, shapes.partial[k], shapes.partial[k - 1], shapes.inputs[k], training);
      if (k + 1 == count) break;
      partial_.emplace_back(shapes.partial[k]);
      if (training) gradients_.emplace_back(shapes.partial[k]);
    }
  }

  void forward(const Forward& call) override {
    if (steps_.empty()) return copy(call.inputs[0], call.outputs[0]);
    const float* folded = call.inputs[0].data<float>();
    for (std::size_t k = 0; k < steps_.size(); ++k) {
      float* to = k < partial_.size() ? partial_[k].span<float>().data() : call.outputs[0].data<float>();
      steps_[k].forward(folded, call.inputs[k + 1].data<float>(), to);
      folded = to;
    }
  }

  void backward(const Backward& call) override {
    if (steps_.empty()) return copy(call.output_gradients[0], call.input_gradients[0]);
    const float* dy = call.output_gradients[0].data<float>();
    for (std::size_t k = steps_.size(); k-- > 0;) {
      const float* folded = k == 0 ? call.inputs[0].data<float>() : partial_[k - 1].span<float>().data();
      float* rest = k == 0 ? address(call.input_gradients[0]) : gradients_[k - 1].span<float>().data();
      steps_[k].backward(folded, call.inputs[k + 1].data<float>(), dy, rest,
                         address(call.input_gradients[k + 1]));
      dy = rest;
    }
  }

 private:
  static float* address(const TensorView& view) { return view.empty() ? nullptr : view.data<float>(); }
  static void copy(ConstTensorView from, const TensorView& to) {
    if (!to.empty()) std::ranges::copy(from.span<float>(), to.data<float>());
  }

  std::vector<Binary> steps_;
  std::vector<Tensor> partial_;    ///< the fold of inputs 0 … k + 1
  std::vector<Tensor> gradients_;  ///< theirs
};

}  // namespace

std::unique_ptr<LayerKernel> make_fold_merge_kernel(const MergeShapes& shapes, BinaryKind kind,
                                                    bool training) {
  return std::make_unique<FoldMergeKernel>(shapes, kind, training);
}

}  // namespace ktrain
