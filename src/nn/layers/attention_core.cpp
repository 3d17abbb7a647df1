#include "nn/layers/attention_core.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"
#include "ops/activation.h"
#include "ops/gemm.h"
#include "ops/map.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

constexpr Activation kSoftmax{.kind = ActivationKind::kSoftmax};
// Multiplications of one head below which a second thread does not pay.
constexpr std::int64_t kGrainProducts = 1 << 16;

KTRAIN_SIMD void zero_forbidden(const std::uint8_t* allowed, float* values, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) values[i] = allowed[i] != 0 ? values[i] : 0.0F;
}

KTRAIN_SIMD void replace_forbidden(const std::uint8_t* allowed, float* values, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) values[i] = allowed[i] != 0 ? values[i] : -1e9F;
}

KTRAIN_SIMD void lower_forbidden(const std::uint8_t* allowed, float* values, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) values[i] = allowed[i] != 0 ? values[i] : values[i] - 1e9F;
}

}  // namespace

AttentionCore::AttentionCore(const AttentionSize& size, MaskRule rule, const DropoutMask& dropout,
                             std::int64_t rows, bool training)
    : size_(size),
      rule_(rule),
      dropout_(dropout),
      rows_(rows),
      probabilities_(Shape{size.outer, size.inner, size.heads, size.queries, size.keys}) {
  if (training && dropout.rate > 0) masks_ = Tensor(probabilities_.shape());
}

template <typename Body>
void AttentionCore::for_groups(const Body& body) const {
  const std::int64_t products = size_.repeats() * size_.scores() * (size_.key_width + size_.value_width) + 1;
  parallel_for(size_.groups(), kGrainProducts / products + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) body(group);
  });
}

const std::uint8_t* AttentionCore::allowed_in(AllowedPositions allowed, std::int64_t group,
                                              std::int64_t repeat) const {
  if (allowed.data == nullptr) return nullptr;
  const std::int64_t matrix = score_matrix(size_, group, repeat);
  const std::int64_t outer = matrix / (size_.heads * size_.inner);
  return allowed.data + outer * allowed.outer_stride + matrix % size_.heads * allowed.head_stride;
}

void AttentionCore::normalise(const std::uint8_t* allowed, float* scores) const {
  const std::int64_t count = size_.scores();
  if (allowed != nullptr && rule_ == MaskRule::kSubtract) lower_forbidden(allowed, scores, count);
  if (allowed != nullptr && rule_ != MaskRule::kSubtract) replace_forbidden(allowed, scores, count);
  const TensorView view(scores, DType::kFloat32, Shape{size_.queries, size_.keys});
  activation_forward(kSoftmax, view, view);
  if (allowed != nullptr && rule_ == MaskRule::kReplaceAndZero) zero_forbidden(allowed, scores, count);
}

const float* AttentionCore::dropped(std::int64_t matrix) const {
  const float* probabilities = this->probabilities() + matrix * size_.scores();
  if (masks_.shape().rank() == 0) return probabilities;
  const auto bytes = static_cast<std::size_t>(size_.scores()) * sizeof(float);
  auto* result = static_cast<float*>(scratch(ScratchUse::kMaskedSequence, bytes));
  map_range(probabilities, masks_.span<float>().data() + matrix * size_.scores(), result, size_.scores(),
            [](float p, float m) { return p * m; });
  return result;
}

void AttentionCore::forward(const StepContext& step, AttentionScores& scores, const float* value,
                            AllowedPositions allowed, float* output) {
  if (masks_.shape().rank() != 0) dropout_.draw(step, masks_.span<float>(), rows_);
  for_groups([&](std::int64_t group) {
    const HeadMatrix v = key_matrix(size_, group, size_.keys, size_.value_width);
    for (std::int64_t repeat = 0; repeat < size_.repeats(); ++repeat) {
      const std::int64_t matrix = score_matrix(size_, group, repeat);
      float* probabilities = probabilities_.span<float>().data() + matrix * size_.scores();
      scores.forward(group, repeat, probabilities);
      normalise(allowed_in(allowed, group, repeat), probabilities);
      const HeadMatrix out = query_matrix(size_, group, repeat, size_.queries, size_.value_width);
      gemm(size_.queries, size_.value_width, size_.keys, {.data = dropped(matrix)},
           {.data = value + v.offset, .stride = v.stride},
           {.data = output + out.offset, .stride = out.stride});
    }
  });
}

void AttentionCore::softmax_backward(const std::uint8_t* allowed, std::int64_t matrix,
                                     float* gradient) const {
  const Shape shape{size_.queries, size_.keys};
  const ConstTensorView y(probabilities() + matrix * size_.scores(), DType::kFloat32, shape);
  const TensorView dx(gradient, DType::kFloat32, shape);
  activation_backward(kSoftmax, {}, y, dx, dx);
  if (allowed != nullptr && rule_ != MaskRule::kSubtract) zero_forbidden(allowed, gradient, size_.scores());
}

void AttentionCore::backward(AttentionScores& scores, const float* value, AllowedPositions allowed,
                             const float* output_gradient, const float* probability_gradient,
                             float* value_gradient) {
  const std::int64_t count = size_.scores();
  for_groups([&](std::int64_t group) {
    const HeadMatrix v = key_matrix(size_, group, size_.keys, size_.value_width);
    const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
    auto* gradient = static_cast<float*>(scratch(ScratchUse::kSequenceGradient, bytes));
    for (std::int64_t repeat = 0; repeat < size_.repeats(); ++repeat) {
      const std::int64_t matrix = score_matrix(size_, group, repeat);
      const HeadMatrix out = query_matrix(size_, group, repeat, size_.queries, size_.value_width);
      if (output_gradient == nullptr) {
        std::fill_n(gradient, count, 0.0F);
      } else {
        const GemmOperand dout{.data = output_gradient + out.offset, .stride = out.stride};
        if (value_gradient != nullptr) {
          gemm(size_.keys, size_.value_width, size_.queries, {.data = dropped(matrix), .transposed = true},
               dout, {.data = value_gradient + v.offset, .stride = v.stride, .accumulate = repeat > 0});
        }
        gemm(size_.queries, size_.keys, size_.value_width, dout,
             {.data = value + v.offset, .transposed = true, .stride = v.stride}, gradient);
      }
      if (masks_.shape().rank() != 0) {
        map_range(gradient, masks_.span<float>().data() + matrix * count, gradient, count,
                  [](float d, float m) { return d * m; });
      }
      if (probability_gradient != nullptr) {
        map_range(gradient, probability_gradient + matrix * count, gradient, count,
                  [](float d, float p) { return d + p; });
      }
      softmax_backward(allowed_in(allowed, group, repeat), matrix, gradient);
      scores.backward(group, repeat, gradient);
    }
  });
}

}  // namespace ktrain
