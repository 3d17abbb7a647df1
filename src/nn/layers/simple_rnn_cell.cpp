#include "nn/layers/recurrent_cell.h"
#include "ops/bias.h"

namespace ktrain {
namespace {

class SimpleCell final : public RecurrentCell {
 public:
  using RecurrentCell::RecurrentCell;

 private:
  void step_forward(std::int64_t step) override {
    recur(step, 0, 1, gates(step), width(), true);
    for_rows([&](std::int64_t row, std::int64_t last) {
      activate(options().activation, step, 0, 1, row, last);
      std::copy(gates(step) + row * units(), gates(step) + last * units(),
                state(0, step + 1) + row * units());
    });
  }

  void step_backward(std::int64_t step) override {
    for_rows([&](std::int64_t row, std::int64_t last) {
      std::copy(gradient(0) + row * units(), gradient(0) + last * units(),
                gate_gradients(step) + row * units());
      activate_backward(options().activation, step, 0, 1, row, last);
      std::fill(previous_gradient(0) + row * units(), previous_gradient(0) + last * units(), 0.0F);
    });
  }

  void carry_gradient(std::int64_t step) override {
    recur_backward(0, 1, gate_gradients(step), width(), previous_gradient(0));
  }
  void recurrent_gradient(float* gradient) override {
    recurrent_kernel_gradient(0, 1, gate_gradients(0), width(), gradient);
  }
  void bias_gradient(float* gradient) override {
    ktrain::bias_gradient(gate_gradients(0), gradient, steps() * rows(), width());
  }
};

}  // namespace

std::unique_ptr<RecurrentCell> make_simple_cell(const CellOptions& options, SequenceSize size,
                                                const DropoutMask& purpose, bool training) {
  return std::make_unique<SimpleCell>(options, size, purpose, training);
}

}  // namespace ktrain
