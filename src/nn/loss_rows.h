#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// A loss's input as rows of `width` elements; each row gives one loss element.
struct LossRows {
  std::int64_t count = 0;
  std::int64_t width = 1;
  const float* weights = nullptr;  ///< null: all 1
  std::int64_t rows_per_weight = 1;

  float weight(std::int64_t row) const { return weights == nullptr ? 1.0F : weights[row / rows_per_weight]; }
  /// The elements of a row of a float32 tensor.
  std::span<const float> of(const ConstTensorView& tensor, std::int64_t row) const {
    return {tensor.data<float>() + row * width, static_cast<std::size_t>(width)};
  }
  /// Rows worth a thread's while.
  std::int64_t grain() const { return 1 + 8192 / width; }
  /// Splits rows [begin, end) into runs of one weight: body(first element, elements, weight).
  template <typename Body>
  void for_each_run(std::int64_t begin, std::int64_t end, const Body& body) const {
    if (weights == nullptr) return body(begin * width, (end - begin) * width, 1.0F);
    for (std::int64_t row = begin; row < end; ++row) body(row * width, width, weight(row));
  }
};

/// Rows along the last axis of the shape that prediction and target share once a trailing dimension of 1 that
/// only one of them has is taken off or added (Keras's squeeze_or_expand_to_same_rank).
LossRows elementwise_rows(const LossInput& input);
/// Rows along the prediction's last axis, the classes.
LossRows class_rows(const LossInput& input);

/// How many rows of the two kinds a sample has. Throws Error{kConfiguration} that begins with `name` when the
/// shapes differ after alignment, or when there is not one target element per row of classes.
std::int64_t elementwise_rows_per_sample(const std::string& name, const Shape& prediction,
                                         const Shape& target);
std::int64_t class_rows_per_sample(const std::string& name, const Shape& prediction, const Shape& target);

/// Elements of a tensor of any dtype as float32, as Keras casts targets; a block at a time.
class FloatReader {
 public:
  static constexpr std::int64_t kBlock = 256;
  explicit FloatReader(ConstTensorView view) : view_(view) {}
  /// Elements [begin, begin + count), count <= kBlock; valid until the next call.
  const float* read(std::int64_t begin, std::int64_t count);

 private:
  ConstTensorView view_;
  std::array<float, kBlock> block_;
};

/// Element `index` of targets that are class indices, truncated to an integer; -1 for what is none.
std::int64_t class_at(const ConstTensorView& target, std::int64_t index);

}  // namespace ktrain
