#include "core/simd.h"
#include "nn/layers/recurrent_cell.h"
#include "ops/bias.h"

namespace ktrain {
namespace {

/// c = f c' + i g
KTRAIN_SIMD void next_carry(const float* gates, const float* previous, float* carry, std::int64_t units) {
  const float *i = gates, *f = gates + units, *g = gates + 2 * units;
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) carry[u] = f[u] * previous[u] + i[u] * g[u];
}

KTRAIN_SIMD void multiply(const float* a, const float* b, float* y, std::int64_t count) {
#pragma omp simd
  for (std::int64_t u = 0; u < count; ++u) y[u] = a[u] * b[u];
}

KTRAIN_SIMD void add(const float* x, float* y, std::int64_t count) {
#pragma omp simd
  for (std::int64_t u = 0; u < count; ++u) y[u] += x[u];
}

/// From dc, the whole gradient of the carry: those of i, f, g and of the carry before.
KTRAIN_SIMD void carry_backward(const float* gates, const float* previous, const float* dc, float* gradients,
                                float* previous_dc, std::int64_t units) {
  const float *i = gates, *f = gates + units, *g = gates + 2 * units;
  float *di = gradients, *df = gradients + units, *dg = gradients + 2 * units;
#pragma omp simd
  for (std::int64_t u = 0; u < units; ++u) {
    di[u] = dc[u] * g[u];
    df[u] = dc[u] * previous[u];
    dg[u] = dc[u] * i[u];
    previous_dc[u] = dc[u] * f[u];
  }
}

class LstmCell final : public RecurrentCell {
 public:
  LstmCell(const CellOptions& options, SequenceSize size, const DropoutMask& purpose, bool training)
      : RecurrentCell(options, size, purpose, training),
        activated_carry_(Shape{size.steps, size.rows, options.units}) {}

 private:
  float* activated_carry(std::int64_t step) {
    return activated_carry_.span<float>().data() + step * rows() * units();
  }

  void step_forward(std::int64_t step) override {
    recur(step, 0, 4, gates(step), width(), true);
    for_rows([&](std::int64_t row, std::int64_t last) {
      activate(options().recurrent_activation, step, 0, 2, row, last);
      activate(options().activation, step, 2, 1, row, last);
      activate(options().recurrent_activation, step, 3, 1, row, last);
      for (std::int64_t r = row; r < last; ++r) {
        next_carry(gates(step) + r * width(), state(1, step) + r * units(), state(1, step + 1) + r * units(),
                   units());
      }
      activate_block(options().activation, {last - row, units(), units()}, state(1, step + 1) + row * units(),
                     activated_carry(step) + row * units());
      for (std::int64_t r = row; r < last; ++r) {
        multiply(output_gate(step, r), activated_carry(step) + r * units(), state(0, step + 1) + r * units(),
                 units());
      }
    });
  }

  float* output_gate(std::int64_t step, std::int64_t row) {
    return gates(step) + row * width() + 3 * units();
  }

  void step_backward(std::int64_t step) override {
    for_rows([&](std::int64_t row, std::int64_t last) {
      float* through_output = previous_gradient(0);
      for (std::int64_t r = row; r < last; ++r) {
        const float* dh = gradient(0) + r * units();
        multiply(dh, activated_carry(step) + r * units(), gate_gradients(step) + r * width() + 3 * units(),
                 units());
        multiply(dh, output_gate(step, r), through_output + r * units(), units());
      }
      const std::int64_t at = row * units();
      activate_block_backward(options().activation, {last - row, units(), units()}, state(1, step + 1) + at,
                              activated_carry(step) + at, through_output + at, through_output + at);
      for (std::int64_t r = row; r < last; ++r) carry_row_backward(step, r);
      activate_backward(options().recurrent_activation, step, 0, 2, row, last);
      activate_backward(options().activation, step, 2, 1, row, last);
      activate_backward(options().recurrent_activation, step, 3, 1, row, last);
    });
  }

  /// previous_gradient(0) holds what comes to the carry through the output; it is 0 afterwards.
  void carry_row_backward(std::int64_t step, std::int64_t row) {
    const std::int64_t at = row * units();
    float* dc = previous_gradient(0) + at;
    add(gradient(1) + at, dc, units());
    carry_backward(gates(step) + row * width(), state(1, step) + at, dc, gate_gradients(step) + row * width(),
                   previous_gradient(1) + at, units());
    std::fill_n(dc, units(), 0.0F);
  }

  void carry_gradient(std::int64_t step) override {
    recur_backward(0, 4, gate_gradients(step), width(), previous_gradient(0));
  }
  void recurrent_gradient(float* gradient) override {
    recurrent_kernel_gradient(0, 4, gate_gradients(0), width(), gradient);
  }
  void bias_gradient(float* gradient) override {
    ktrain::bias_gradient(gate_gradients(0), gradient, steps() * rows(), width());
  }

  Tensor activated_carry_;  ///< (steps, rows, units)
};

}  // namespace

std::unique_ptr<RecurrentCell> make_lstm_cell(const CellOptions& options, SequenceSize size,
                                              const DropoutMask& purpose, bool training) {
  return std::make_unique<LstmCell>(options, size, purpose, training);
}

}  // namespace ktrain
