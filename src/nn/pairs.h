#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/sum.h"
#include "nn/loss_rows.h"
#include "ops/map.h"

namespace ktrain {

/// Predictions with their targets, element by element, whatever the targets' dtype.
class Pairs {
 public:
  explicit Pairs(const LossInput& input)
      : predictions_(input.prediction.data<float>()), targets_(input.target) {}

  /// The sum of function(prediction, target) over elements [first, first + count).
  template <typename Function>
  double sum(std::int64_t first, std::int64_t count, Function function) {
    std::array<float, FloatReader::kBlock> values;
    double result = 0;
    for_each_block(first, count, [&](std::int64_t begin, std::int64_t size) {
      map_range(predictions_ + begin, targets_.read(begin, size), values.data(), size, function);
      result += sum_of({values.data(), static_cast<std::size_t>(size)});
    });
    return result;
  }

  /// out[i] = function(prediction, target) of element i for [first, first + count).
  template <typename Function>
  void map(std::int64_t first, std::int64_t count, float* out, Function function) {
    for_each_block(first, count, [&](std::int64_t begin, std::int64_t size) {
      map_range(predictions_ + begin, targets_.read(begin, size), out + begin, size, function);
    });
  }

 private:
  template <typename Body>
  static void for_each_block(std::int64_t first, std::int64_t count, const Body& body) {
    for (std::int64_t done = 0; done < count; done += FloatReader::kBlock) {
      body(first + done, std::min(FloatReader::kBlock, count - done));
    }
  }

  const float* predictions_;
  FloatReader targets_;
};

/// The sum over the input's rows of weight · mean of function(prediction, target) over the row.
template <typename Function>
double sum_of_row_means(const LossInput& input, Function function) {
  const LossRows rows = elementwise_rows(input);
  const double sum = piecewise_sum(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
    Pairs pairs(input);
    double part = 0;
    rows.for_each_run(begin, end, [&](std::int64_t first, std::int64_t count, float weight) {
      part += static_cast<double>(weight) * pairs.sum(first, count, function);
    });
    return part;
  });
  return sum / static_cast<double>(rows.width);
}

}  // namespace ktrain
