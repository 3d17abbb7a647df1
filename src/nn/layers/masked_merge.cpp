#include <algorithm>
#include <array>

#include "core/parallel.h"
#include "nn/layers/merge.h"
#include "ops/binary_formulas.h"
#include "ops/map.h"

namespace ktrain {
namespace {

template <typename Formula>
class MaskedMergeKernel final : public LayerKernel {
 public:
  MaskedMergeKernel(std::size_t count, bool zero_when_none)
      : count_(count), zero_when_none_(zero_when_none) {}

  void forward(const Forward& call) override {
    float* y = call.outputs[0].data<float>();
    for_each_element(call.inputs, [&](std::size_t i, std::size_t line) {
      Fold fold;
      start(fold, call.inputs, i, line);
      y[i] = zero_when_none_ && !fold.any ? 0.0F : fold.folded[count_ - 1];
    });
  }

  void backward(const Backward& call) override {
    const float* dy = call.output_gradients[0].data<float>();
    for_each_element(call.inputs, [&](std::size_t i, std::size_t line) {
      Fold fold;
      start(fold, call.inputs, i, line);
      float rest = zero_when_none_ && !fold.any ? 0.0F : dy[i];
      for (std::size_t k = count_ - 1; k > 0; --k) {
        const float before = fold.folded[k - 1], x = call.inputs[k].data<float>()[i];
        const bool replaces = fold.counts[k] && !fold.counted[k - 1];
        const bool folds = fold.counts[k] && fold.counted[k - 1];
        const float slope = folds ? formula_.slope_b(before, x) : replaces ? 1.0F : 0.0F;
        put(call.input_gradients[k], i, rest * slope);
        rest *= folds ? formula_.slope_a(before, x) : replaces ? 0.0F : 1.0F;
      }
      put(call.input_gradients[0], i, rest);
    });
  }

 private:
  struct Fold {
    std::array<float, kMostMaskedInputs> folded{};  ///< of inputs 0 … k
    std::array<bool, kMostMaskedInputs> counts{};   ///< input k
    std::array<bool, kMostMaskedInputs> counted{};  ///< any of inputs 0 … k
    bool any = false;
  };

  template <typename Body>
  void for_each_element(std::span<const ConstTensorView> inputs, const Body& body) const {
    const std::int64_t line = inputs[0].shape()[-1];
    parallel_for(inputs[0].elements(), kCostlyGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        body(static_cast<std::size_t>(i), static_cast<std::size_t>(i / line));
      }
    });
  }

  void start(Fold& fold, std::span<const ConstTensorView> inputs, std::size_t i, std::size_t line) const {
    for (std::size_t k = 0; k < count_; ++k) {
      const float x = inputs[k].data<float>()[i];
      fold.counts[k] = inputs[count_ + k].data<float>()[line] != 0;
      const bool counted = k > 0 && fold.counted[k - 1];
      const bool replaces = k == 0 || (fold.counts[k] && !counted);
      fold.folded[k] = replaces         ? x
                       : fold.counts[k] ? formula_.value(fold.folded[k - 1], x)
                                        : fold.folded[k - 1];
      fold.counted[k] = fold.any = counted || fold.counts[k];
    }
  }

  static void put(const TensorView& gradient, std::size_t i, float value) {
    if (!gradient.empty()) gradient.data<float>()[i] = value;
  }

  Formula formula_;
  std::size_t count_;
  bool zero_when_none_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_masked_merge_kernel(BinaryKind kind, std::size_t count) {
  using namespace binary_formula;
  if (kind == BinaryKind::kMultiply) return std::make_unique<MaskedMergeKernel<Multiply>>(count, true);
  if (kind == BinaryKind::kMaximum) return std::make_unique<MaskedMergeKernel<Maximum>>(count, false);
  return std::make_unique<MaskedMergeKernel<Minimum>>(count, false);
}

}  // namespace ktrain
