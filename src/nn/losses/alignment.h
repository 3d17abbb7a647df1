#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ktrain/nn/loss.h"

namespace ktrain {

Shape without_last(const Shape& shape);

/// The sample shape that predictions and targets share once a trailing dimension of 1 that only one of them
/// has is dropped or added (Keras's squeeze_or_expand_to_same_rank); nothing when they differ otherwise.
std::optional<Shape> aligned(const Shape& a, const Shape& b);

/// Throws Error{kConfiguration} that begins with `name` unless targets are class indices of predictions.
void require_classes(const std::string& name, const Shape& prediction, const Shape& target);
[[noreturn]] void refuse_shapes(const std::string& name, const Shape& prediction, const Shape& target);

/// Elements of any dtype as float32, as Keras casts targets.
void copy_as_float(const ConstTensorView& from, std::span<float> to);

/// Element `index` of targets that are class indices, truncated to an integer; -1 for what is none.
std::int64_t class_at(const ConstTensorView& target, std::int64_t index);

/// Throws BadTarget unless each target is a class below `classes` (or `ignored`).
void check_classes(const ConstTensorView& target, std::int64_t classes,
                   std::optional<std::int64_t> ignored = std::nullopt);

}  // namespace ktrain
