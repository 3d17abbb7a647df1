#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/buffer.h"
#include "ktrain/core/range.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// A named window of FlatParameters.
struct Parameter {
  std::string name;  ///< Keras's path: "conv2d/kernel"
  Shape shape;       ///< Keras's layout
  bool trainable = true;
  Range range = {};  ///< in the flat values; for a trainable parameter also in the flat gradients
};

/// All variables of a model in one float32 buffer, and the gradients of the trainable ones in another. The
/// values are laid out as [trainable | not trainable], each part in Keras's variable order; the gradients,
/// and every optimizer slot, are parallel to the trainable part. So a bucket, a norm, a broadcast or a
/// checkpoint is a Range. Beside the gradients there may be more planes of the same layout, for sums that are
/// still to be added.
class FlatParameters {
 public:
  FlatParameters() = default;
  /// `parameters` in Keras's order (`model.weights`); their ranges are assigned here.
  explicit FlatParameters(std::vector<Parameter> parameters);

  /// In Keras's order.
  std::span<const Parameter> parameters() const { return parameters_; }
  std::int64_t trainable_count() const { return trainable_count_; }
  std::int64_t count() const { return count_; }

  std::span<float> values() { return {values_.data<float>(), static_cast<std::size_t>(count_)}; }
  std::span<const float> values() const { return {values_.data<float>(), static_cast<std::size_t>(count_)}; }
  std::span<float> trainable_values() { return values().first(static_cast<std::size_t>(trainable_count_)); }
  std::span<float> gradients(std::size_t plane = 0) {
    return {gradients_.data<float>() + static_cast<std::int64_t>(plane) * gradient_stride(),
            static_cast<std::size_t>(trainable_count_)};
  }

  std::int64_t value_bytes() const { return count_ * static_cast<std::int64_t>(sizeof(float)); }
  /// The values' memory, to be placed again at once, or replaced by other memory of value_bytes(). Views of
  /// values are void then: of a model's it is Model::move_values that moves them.
  Buffer take_values();
  void place_values(Buffer memory);

  /// The size of the gradients' memory.
  std::int64_t gradient_bytes(std::int64_t planes = 1) const {
    return ((planes - 1) * gradient_stride() + trainable_count_) * static_cast<std::int64_t>(sizeof(float));
  }
  /// Elements from one plane to the next, which begins with a cache line.
  std::int64_t gradient_stride() const { return (trainable_count_ + 15) / 16 * 16; }
  /// Keeps the gradients, and as many planes as it has room for, in `memory` from now on, which a
  /// communicator may share with neighbours. What they were is lost; so are views of them.
  void place_gradients(Buffer memory);

  TensorView value(const Parameter& parameter);
  /// Empty for a parameter that is not trainable.
  TensorView gradient(const Parameter& parameter);

  /// XXH3-64 over the values' bytes, parameter after parameter in Keras's order.
  std::uint64_t digest() const;

 private:
  std::vector<Parameter> parameters_;
  std::int64_t trainable_count_ = 0;
  std::int64_t count_ = 0;
  Buffer values_;
  Buffer gradients_;
};

}  // namespace ktrain
