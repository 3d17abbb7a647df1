#include "ktrain/nn/constraint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/check.h"
#include "core/parallel.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrain = 32768;
constexpr std::int64_t kColumns = 64;  // norms computed at a time, on the stack
constexpr float kEpsilon = 1e-7F;

bool runs_over(const Constraint& constraint, int axis, int rank) {
  return constraint.axis.empty() || std::ranges::any_of(constraint.axis, [&](int given) {
           return (given < 0 ? given + rank : given) == axis;
         });
}

/// Some dimensions of a row-major array, those that lie side by side merged.
class Dimensions {
 public:
  /// From the innermost outwards.
  void add(std::int64_t size, std::int64_t stride) {
    if (count_ > 0 && last().size * last().stride == stride) {
      last().size *= size;
    } else {
      dims_[count_++] = {size, stride};
    }
  }
  /// Takes off the innermost dimension when its elements are neighbours; its size, else 1.
  std::int64_t take_neighbours() {
    if (count_ == 0 || dims_[0].stride != 1) return 1;
    const std::int64_t size = dims_[0].size;
    std::copy(dims_.begin() + 1, dims_.end(), dims_.begin());
    --count_;
    return size;
  }
  std::int64_t elements() const {
    std::int64_t product = 1;
    for (std::size_t i = 0; i < count_; ++i) product *= dims_[i].size;
    return product;
  }
  std::int64_t offset(std::int64_t index) const {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      offset += index % dims_[i].size * dims_[i].stride;
      index /= dims_[i].size;
    }
    return count_ == 0 ? 0 : offset + index * dims_[count_ - 1].stride;
  }

 private:
  struct Dimension {
    std::int64_t size, stride;
  };
  Dimension& last() { return dims_[count_ - 1]; }

  std::array<Dimension, Shape::kMaxRank> dims_{};
  std::size_t count_ = 0;
};

/// What elements of this norm are multiplied with; UnitNorm divides instead.
float factor(const Constraint& c, float norm) {
  if (c.kind == Constraint::Kind::kMaxNorm) return std::clamp(norm, 0.0F, c.max_value) / (kEpsilon + norm);
  const float desired = c.rate * std::min(std::max(norm, c.min_value), c.max_value) + (1 - c.rate) * norm;
  return desired / (kEpsilon + norm);
}

/// The norms of `columns` neighbouring elements over `reduced`, and what follows from them.
void constrain_columns(const Constraint& c, const Dimensions& reduced, std::int64_t columns, float* values) {
  std::array<double, kColumns> sums{};
  const std::int64_t rows = reduced.elements();
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* w = values + reduced.offset(row);
    for (std::int64_t i = 0; i < columns; ++i) {
      sums[static_cast<std::size_t>(i)] += static_cast<double>(w[i]) * static_cast<double>(w[i]);
    }
  }
  const bool unit = c.kind == Constraint::Kind::kUnitNorm;
  std::array<float, kColumns> factors{};
  for (std::size_t i = 0; i < static_cast<std::size_t>(columns); ++i) {
    const auto norm = static_cast<float>(std::sqrt(sums[i]));
    factors[i] = unit ? kEpsilon + norm : factor(c, norm);
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    float* w = values + reduced.offset(row);
    for (std::int64_t i = 0; i < columns; ++i) {
      const float f = factors[static_cast<std::size_t>(i)];
      w[i] = unit ? w[i] / f : w[i] * f;
    }
  }
}

void constrain_norms(const Constraint& c, const Shape& shape, float* values) {
  Dimensions kept, reduced;
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    (runs_over(c, axis, shape.rank()) ? reduced : kept).add(shape[axis], stride);
    stride *= shape[axis];
  }
  const std::int64_t width = kept.take_neighbours();
  const std::int64_t tiles = (width + kColumns - 1) / kColumns;
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrain / (reduced.elements() * std::min(width, kColumns)));
  parallel_for(kept.elements() * tiles, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t column = i % tiles * kColumns;
      constrain_columns(c, reduced, std::min(kColumns, width - column),
                        values + kept.offset(i / tiles) + column);
    }
  });
}

}  // namespace

std::optional<int> misplaced_axis(const Constraint& constraint, const Shape& shape) {
  if (!constraint.active() || constraint.kind == Constraint::Kind::kNonNeg) return std::nullopt;
  for (const int axis : constraint.axis) {
    if (axis < -shape.rank() || axis >= shape.rank()) return axis;
  }
  return std::nullopt;
}

void apply_constraint(const Constraint& constraint, const Shape& shape, std::span<float> values) {
  KTRAIN_CHECK(static_cast<std::int64_t>(values.size()) == shape.elements(), values.size(), " values of ",
               shape);
  if (constraint.kind == Constraint::Kind::kNone || values.empty()) return;
  if (constraint.kind != Constraint::Kind::kNonNeg) return constrain_norms(constraint, shape, values.data());
  parallel_for(shape.elements(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float& w = values[static_cast<std::size_t>(i)];
      w = w < 0 ? 0 : w;
    }
  });
}

}  // namespace ktrain
