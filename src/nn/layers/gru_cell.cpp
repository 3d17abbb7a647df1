#include <algorithm>

#include "core/simd.h"
#include "nn/layers/recurrent_cell.h"
#include "ops/bias.h"
#include "ops/gemm.h"

namespace ktrain {
namespace {

/// y += bias; z += r y
KTRAIN_SIMD void add_reset(const float* bias, const float* r, float* y, float* z, std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) {
    const float biased = y[u] + (bias == nullptr ? 0.0F : bias[u]);
    y[u] = biased;
    z[u] += r[u] * biased;
  }
}

/// h = z h' + (1 - z) candidate
KTRAIN_SIMD void mix(const float* z, const float* previous, const float* candidate, float* h,
                     std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) h[u] = z[u] * previous[u] + (1 - z[u]) * candidate[u];
}

KTRAIN_SIMD void mix_backward(const float* dh, const float* z, const float* previous, const float* candidate,
                              float* dz, float* dcandidate, float* dprevious, std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) {
    dz[u] = dh[u] * (previous[u] - candidate[u]);
    dcandidate[u] = dh[u] * (1 - z[u]);
    dprevious[u] = dh[u] * z[u];
  }
}

/// For a product p = a b: da = dp b, db = dp a.
KTRAIN_SIMD void product_backward(const float* dp, const float* a, const float* b, float* da, float* db,
                                  std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) {
    da[u] = dp[u] * b[u];
    db[u] = dp[u] * a[u];
  }
}

/// y = a b mask; the mask may be null.
KTRAIN_SIMD void multiply(const float* a, const float* b, const float* mask, float* y, std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) y[u] = a[u] * b[u] * (mask == nullptr ? 1.0F : mask[u]);
}

KTRAIN_SIMD void add_product(const float* a, const float* b, float* y, std::int64_t units) {
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) y[u] += a[u] * b[u];
}

/// What the two variants share: `inner_` is h·U_h + b'_h with reset_after, r h without.
class GruCell : public RecurrentCell {
 public:
  GruCell(const CellOptions& options, SequenceSize size, const DropoutMask& purpose, bool training)
      : RecurrentCell(options, size, purpose, training), inner_(Shape{size.steps, size.rows, options.units}) {
    if (training) inner_gradients_ = Tensor(inner_.shape());
  }

 protected:
  float* inner(std::int64_t step) { return inner_.span<float>().data() + step * rows() * units(); }
  float* inner_gradients(std::int64_t step) {
    return inner_gradients_.span<float>().data() + step * rows() * units();
  }
  float* gate(std::int64_t step, std::int64_t row, std::int64_t index) {
    return gates(step) + row * width() + index * units();
  }
  float* gate_gradient(std::int64_t step, std::int64_t row, std::int64_t index) {
    return gate_gradients(step) + row * width() + index * units();
  }

  void finish_rows(std::int64_t step, std::int64_t row, std::int64_t last) {
    activate(options().activation, step, 2, 1, row, last);
    for (std::int64_t r = row; r < last; ++r) {
      mix(gate(step, r, 0), state(0, step) + r * units(), gate(step, r, 2), state(0, step + 1) + r * units(),
          units());
    }
  }
  /// The gradients of z, of what goes into the candidate's activation, and the direct one of h.
  void finish_rows_backward(std::int64_t step, std::int64_t row, std::int64_t last) {
    for (std::int64_t r = row; r < last; ++r) {
      const std::int64_t at = r * units();
      mix_backward(gradient(0) + at, gate(step, r, 0), state(0, step) + at, gate(step, r, 2),
                   gate_gradient(step, r, 0), gate_gradient(step, r, 2), previous_gradient(0) + at, units());
    }
    activate_backward(options().activation, step, 2, 1, row, last);
  }
  void release_row(std::int64_t step, std::int64_t row) override {
    std::fill_n(inner_gradients(step) + row * units(), units(), 0.0F);
  }

 private:
  Tensor inner_;            ///< (steps, rows, units)
  Tensor inner_gradients_;  ///< the same
};

class GruResetAfter final : public GruCell {
 public:
  GruResetAfter(const CellOptions& options, SequenceSize size, const DropoutMask& purpose, bool training)
      : GruCell(options, size, purpose, training), bias_(Shape{3 * options.units}) {}

 private:
  // The gates z and r add both biases to one sum.
  const float* projected_bias() override {
    if (weights().bias == nullptr) return nullptr;
    float* both = bias_.span<float>().data();
    std::copy_n(weights().bias, width(), both);
    for (std::int64_t u = 0; u < 2 * units(); ++u) both[u] += weights().bias[width() + u];
    return both;
  }

  void step_forward(std::int64_t step) override {
    recur(step, 0, 2, gates(step), width(), true);
    recur(step, 2, 1, inner(step), units(), false);
    const float* bias = weights().bias == nullptr ? nullptr : weights().bias + width() + 2 * units();
    for_rows([&](std::int64_t row, std::int64_t last) {
      activate(options().recurrent_activation, step, 0, 2, row, last);
      for (std::int64_t r = row; r < last; ++r) {
        add_reset(bias, gate(step, r, 1), inner(step) + r * units(), gate(step, r, 2), units());
      }
      finish_rows(step, row, last);
    });
  }

  void step_backward(std::int64_t step) override {
    for_rows([&](std::int64_t row, std::int64_t last) {
      finish_rows_backward(step, row, last);
      for (std::int64_t r = row; r < last; ++r) {
        product_backward(gate_gradient(step, r, 2), gate(step, r, 1), inner(step) + r * units(),
                         gate_gradient(step, r, 1), inner_gradients(step) + r * units(), units());
      }
      activate_backward(options().recurrent_activation, step, 0, 2, row, last);
    });
  }

  void carry_gradient(std::int64_t step) override {
    recur_backward(0, 2, gate_gradients(step), width(), previous_gradient(0));
    recur_backward(2, 1, inner_gradients(step), units(), previous_gradient(0));
  }
  void recurrent_gradient(float* gradient) override {
    recurrent_kernel_gradient(0, 2, gate_gradients(0), width(), gradient);
    recurrent_kernel_gradient(2, 1, inner_gradients(0), units(), gradient);
  }
  void bias_gradient(float* gradient) override {
    ktrain::bias_gradient(gate_gradients(0), gradient, steps() * rows(), width());
    std::copy_n(gradient, 2 * units(), gradient + width());
    ktrain::bias_gradient(inner_gradients(0), gradient + width() + 2 * units(), steps() * rows(), units());
  }

  Tensor bias_;
};

class GruResetBefore final : public GruCell {
 public:
  using GruCell::GruCell;

 private:
  const float* mask(std::int64_t row) const {
    const float* all = recurrent_mask(2);
    return all == nullptr ? nullptr : all + row * units();
  }

  void step_forward(std::int64_t step) override {
    recur(step, 0, 2, gates(step), width(), true);
    for_rows([&](std::int64_t row, std::int64_t last) {
      activate(options().recurrent_activation, step, 0, 2, row, last);
      for (std::int64_t r = row; r < last; ++r) {
        multiply(gate(step, r, 1), state(0, step) + r * units(), mask(r), inner(step) + r * units(), units());
      }
    });
    gemm(rows(), units(), units(), {.data = inner(step)}, candidate_kernel(),
         {.data = gates(step) + 2 * units(), .stride = width(), .accumulate = true});
    for_rows([&](std::int64_t row, std::int64_t last) { finish_rows(step, row, last); });
  }

  GemmOperand candidate_kernel() const {
    return {.data = weights().recurrent_kernel + 2 * units(), .stride = width()};
  }

  void step_backward(std::int64_t step) override {
    for_rows([&](std::int64_t row, std::int64_t last) { finish_rows_backward(step, row, last); });
    GemmOperand kernel = candidate_kernel();
    kernel.transposed = true;
    gemm(rows(), units(), units(), {.data = gate_gradients(step) + 2 * units(), .stride = width()}, kernel,
         inner_gradients(step));
    for_rows([&](std::int64_t row, std::int64_t last) {
      for (std::int64_t r = row; r < last; ++r) {
        float* d = inner_gradients(step) + r * units();
        const float* h = state(0, step) + r * units();
        if (mask(r) != nullptr) multiply(d, mask(r), nullptr, d, units());
        multiply(d, h, nullptr, gate_gradient(step, r, 1), units());
        add_product(d, gate(step, r, 1), previous_gradient(0) + r * units(), units());
      }
      activate_backward(options().recurrent_activation, step, 0, 2, row, last);
    });
  }

  void carry_gradient(std::int64_t step) override {
    recur_backward(0, 2, gate_gradients(step), width(), previous_gradient(0));
  }
  void recurrent_gradient(float* gradient) override {
    recurrent_kernel_gradient(0, 2, gate_gradients(0), width(), gradient);
    gemm(units(), units(), steps() * rows(), {.data = inner(0), .transposed = true},
         {.data = gate_gradients(0) + 2 * units(), .stride = width()},
         {.data = gradient + 2 * units(), .stride = width()});
  }
  void bias_gradient(float* gradient) override {
    ktrain::bias_gradient(gate_gradients(0), gradient, steps() * rows(), width());
  }
};

}  // namespace

std::unique_ptr<RecurrentCell> make_gru_cell(const CellOptions& options, SequenceSize size,
                                             const DropoutMask& purpose, bool training) {
  if (options.reset_after) return std::make_unique<GruResetAfter>(options, size, purpose, training);
  return std::make_unique<GruResetBefore>(options, size, purpose, training);
}

}  // namespace ktrain
