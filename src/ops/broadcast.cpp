#include "ops/broadcast.h"

#include "core/check.h"

namespace ktrain {

Shape expanded(const Shape& shape, int rank) {
  Shape result = shape;
  while (result.rank() < rank) result = result.batched(1);
  return result;
}

std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape result = expanded(a, rank);
  const Shape other = expanded(b, rank);
  for (int axis = 0; axis < rank; ++axis) {
    if (result[axis] == 1) result[axis] = other[axis];
    if (other[axis] != 1 && other[axis] != result[axis]) return std::nullopt;
  }
  return result;
}

Broadcast::Broadcast(const Shape& result, std::span<const Shape> operands) : elements_(result.elements()) {
  KTRAIN_CHECK(operands.size() <= kMostOperands, operands.size());
  std::array<std::int64_t, kMostOperands> distance{};
  std::array<std::array<std::int64_t, Shape::kMaxRank>, kMostOperands> all{};
  distance.fill(1);
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Shape shape = expanded(operands[k], result.rank());
    for (int axis = result.rank() - 1; axis >= 0; --axis) {
      KTRAIN_CHECK(shape[axis] == result[axis] || shape[axis] == 1, operands[k], " -> ", result);
      all[k][at(axis)] = shape[axis] == 1 ? 0 : distance[k];
      distance[k] *= shape[axis];
    }
  }
  for (int axis = 0; axis < result.rank(); ++axis) {
    if (result[axis] == 1) continue;
    bool joins = rank_ > 0;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      joins = joins && steps_[k][at(rank_ - 1)] == all[k][at(axis)] * result[axis];
    }
    if (!joins) sizes_[at(rank_++)] = 1;
    sizes_[at(rank_ - 1)] *= result[axis];
    for (std::size_t k = 0; k < operands.size(); ++k) steps_[k][at(rank_ - 1)] = all[k][at(axis)];
  }
  if (rank_ == 0) sizes_[at(rank_++)] = 1;
}

Broadcast::Cursor Broadcast::start(std::int64_t begin, std::int64_t end) const {
  Cursor cursor;
  cursor.run.result = begin;
  for (int axis = rank_ - 1; axis >= 0; --axis) {
    cursor.index[at(axis)] = begin % sizes_[at(axis)];
    begin /= sizes_[at(axis)];
    for (std::size_t k = 0; k < kMostOperands; ++k) {
      cursor.run.operands[k] += cursor.index[at(axis)] * steps_[k][at(axis)];
    }
  }
  cursor.run.count = std::min(sizes_[at(rank_ - 1)] - cursor.index[at(rank_ - 1)], end - cursor.run.result);
  return cursor;
}

void Broadcast::advance(Cursor& cursor, std::int64_t begin, std::int64_t end) const {
  const int last = rank_ - 1;
  for (std::size_t k = 0; k < kMostOperands; ++k) {
    cursor.run.operands[k] -= cursor.index[at(last)] * steps_[k][at(last)];
  }
  cursor.index[at(last)] = 0;
  for (int axis = last - 1; axis >= 0; --axis) {
    const bool wraps = ++cursor.index[at(axis)] == sizes_[at(axis)];
    if (wraps) cursor.index[at(axis)] = 0;
    for (std::size_t k = 0; k < kMostOperands; ++k) {
      cursor.run.operands[k] += (wraps ? 1 - sizes_[at(axis)] : 1) * steps_[k][at(axis)];
    }
    if (!wraps) break;
  }
  cursor.run.result = begin;
  cursor.run.count = std::min(sizes_[at(last)], end - begin);
}

}  // namespace ktrain
