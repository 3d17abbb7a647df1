#include "nn/losses/moved_axis.h"

#include <utility>
#include <vector>

#include "core/text.h"

namespace ktrain {
namespace {

/// (outer, axis, inner) <-> (outer, inner, axis)
struct Move {
  std::int64_t outer = 1, length = 1, inner = 1;

  template <typename Copy>
  void for_each(const Copy& copy) const {
    std::size_t moved = 0;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < inner; ++i) {
        for (std::int64_t a = 0; a < length; ++a) {
          copy(static_cast<std::size_t>((o * length + a) * inner + i), moved++);
        }
      }
    }
  }
};

class OverAxis : public Loss {
 public:
  OverAxis(std::unique_ptr<Loss> loss, int axis) : loss_(std::move(loss)), axis_(axis) {}

  std::string name() const override { return loss_->name(); }
  Shape value_shape(const Shape& prediction) const override { return loss_->value_shape(moved(prediction)); }
  void values(const LossRows& rows, std::span<float> values) const override {
    loss_->values(move(rows), values);
  }
  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    const LossRows moved_rows = move(rows);
    gradient_.resize(gradient.size());
    loss_->gradient(moved_rows, factors, gradient_);
    move_of(rows).for_each([&](std::size_t plain, std::size_t moved) { gradient[plain] = gradient_[moved]; });
  }

 private:
  int axis_in(const Shape& sample) const {
    const int axis = axis_ < 0 ? axis_ + sample.rank() : axis_ - 1;
    if (axis < 0 || axis >= sample.rank()) {
      throw Error(ExitCode::kConfiguration, text("loss ", name(), ": axis ", axis_,
                                                 " is none of an output with samples of shape ", sample));
    }
    return axis;
  }
  Shape moved(const Shape& sample) const {
    const int axis = axis_in(sample);
    std::vector<std::int64_t> dims(sample.dims().begin(), sample.dims().end());
    dims.erase(dims.begin() + axis);
    dims.push_back(sample[axis]);
    return Shape(dims);
  }
  Move move_of(const LossRows& rows) const {
    const Shape sample = rows.prediction.shape().sample();
    const int axis = axis_in(sample);
    Move move{rows.count(), sample[axis], 1};
    for (int i = 0; i < axis; ++i) move.outer *= sample[i];
    for (int i = axis + 1; i < sample.rank(); ++i) move.inner *= sample[i];
    return move;
  }
  LossRows move(const LossRows& rows) const {
    const auto p = rows.prediction.span<float>(), t = rows.target.span<float>();
    predictions_.resize(p.size());
    targets_.resize(t.size());
    move_of(rows).for_each([&](std::size_t plain, std::size_t moved) {
      predictions_[moved] = p[plain];
      targets_[moved] = t[plain];
    });
    const Shape shape = moved(rows.prediction.shape().sample()).batched(rows.count());
    return {ConstTensorView(predictions_.data(), DType::kFloat32, shape),
            ConstTensorView(targets_.data(), DType::kFloat32, shape), rows.group_sums};
  }

  std::unique_ptr<Loss> loss_;
  int axis_;
  mutable std::vector<float> predictions_, targets_, gradient_;
};

}  // namespace

std::unique_ptr<Loss> over_axis(std::unique_ptr<Loss> loss, int axis) {
  return std::make_unique<OverAxis>(std::move(loss), axis);
}

}  // namespace ktrain
