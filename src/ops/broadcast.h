#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/parallel.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// `shape` with dimensions of 1 in front, up to `rank`.
Shape expanded(const Shape& shape, int rank);

/// The shape of an element-wise result, as NumPy has it: aligned at the last axis, dimensions equal or one of
/// them 1. Nothing when the shapes do not fit.
std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b);

/// How operands of smaller shapes are spread over a result: each has a step per axis of the result, 0 where
/// it is repeated. Neighbouring axes along which every operand goes on alike are one.
class Broadcast {
 public:
  static constexpr int kMostOperands = 3;

  /// Each operand's dimensions are the result's or 1, aligned at the last axis.
  Broadcast(const Shape& result, std::span<const Shape> operands);

  std::int64_t elements() const { return elements_; }
  /// The distance of neighbouring elements of an operand within a run: 0 or 1.
  std::int64_t step(int operand) const { return steps_[at(operand)][at(rank_ - 1)]; }

  /// Elements of the result side by side, and where they start there and in the operands.
  struct Run {
    std::int64_t result = 0;
    std::int64_t count = 0;
    std::array<std::int64_t, kMostOperands> operands{};
  };
  /// body(run) for runs that together are the result, on all threads.
  template <typename Body>
  void for_each_run(std::int64_t grain, const Body& body) const {
    parallel_for(elements_, grain, [&](std::int64_t begin, std::int64_t end) {
      Cursor cursor = start(begin, end);
      for (; begin < end; begin += cursor.run.count, advance(cursor, begin, end)) body(cursor.run);
    });
  }

 private:
  struct Cursor {
    std::array<std::int64_t, Shape::kMaxRank> index{};
    Run run;
  };
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  Cursor start(std::int64_t begin, std::int64_t end) const;
  /// To the run that starts with element `begin`, the last one having been whole.
  void advance(Cursor& cursor, std::int64_t begin, std::int64_t end) const;

  int rank_ = 0;
  std::int64_t elements_ = 1;
  std::array<std::int64_t, Shape::kMaxRank> sizes_{};
  std::array<std::array<std::int64_t, Shape::kMaxRank>, kMostOperands> steps_{};
};

}  // namespace ktrain
