#include "nn/accuracy.h"

#include <algorithm>
#include <limits>

#include "nn/pairs.h"

namespace ktrain {
namespace {

// Index of the largest of elements [first, first + count), the first of equals.
std::int64_t position_of_largest(FloatReader& reader, std::int64_t first, std::int64_t count) {
  float largest = -std::numeric_limits<float>::infinity();
  std::int64_t position = 0;
  for (std::int64_t done = 0; done < count; done += FloatReader::kBlock) {
    const std::int64_t size = std::min(FloatReader::kBlock, count - done);
    const float* block = reader.read(first + done, size);
    const float* found = std::max_element(block, block + size);
    if (*found <= largest) continue;
    largest = *found;
    position = done + (found - block);
  }
  return position;
}

}  // namespace

BinaryAccuracy::BinaryAccuracy(const std::string& name, const Shape& prediction, const Shape& target)
    : MeanMetric(name, elementwise_rows_per_sample("metric " + name, prediction, target)) {}

double BinaryAccuracy::sum_over_rows(const LossInput& input) const {
  return sum_of_row_means(input,
                          [](float p, float t) { return (p > 0.5F ? 1.0F : 0.0F) == t ? 1.0F : 0.0F; });
}

ClassAccuracy::ClassAccuracy(const std::string& name, Kind kind, const Shape& prediction, const Shape& target)
    : MeanMetric(name, (kind.sparse ? class_rows_per_sample : elementwise_rows_per_sample)(
                           "metric " + name, prediction, target)),
      kind_(kind) {}

double ClassAccuracy::sum_over_rows(const LossInput& input) const {
  const LossRows rows = kind_.sparse ? class_rows(input) : elementwise_rows(input);
  return piecewise_sum(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
    FloatReader targets(input.target);
    double part = 0;
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t target = kind_.sparse ? class_at(input.target, row)
                                               : position_of_largest(targets, row * rows.width, rows.width);
      if (hits(rows.of(input.prediction, row), target)) part += static_cast<double>(rows.weight(row));
    }
    return part;
  });
}

bool ClassAccuracy::hits(std::span<const float> predictions, std::int64_t target) const {
  if (target < 0 || target >= static_cast<std::int64_t>(predictions.size())) return false;
  const auto of_target = predictions.begin() + target;
  if (kind_.top_k == 0) return std::ranges::max_element(predictions) == of_target;
  return std::ranges::count_if(predictions, [&](float p) { return p > *of_target; }) < kind_.top_k;
}

}  // namespace ktrain
