#include "nn/operations/operands.h"

#include <algorithm>

#include "nn/refuse.h"
#include "ops/broadcast.h"

namespace ktrain {

std::vector<Shape> operand_shapes(const Layer& layer, std::span<const Operand> operands,
                                  std::span<const Shape> samples, std::int64_t rows) {
  const auto tensors = std::ranges::count_if(operands, [](const Operand& operand) { return !operand; });
  if (tensors == 0 || static_cast<std::size_t>(tensors) != samples.size()) {
    refuse(layer, "has ", tensors, " tensors among its operands, but ", samples.size(), " inputs");
  }
  std::vector<Shape> shapes;
  for (std::size_t next = 0; const Operand& operand : operands) {
    if (!operand) {
      const Shape& sample = samples[next++];
      if (sample.rank() != samples[0].rank()) {
        refuse(layer, "samples of shapes ", samples[0], " and ", sample,
               " have other numbers of axes: NumPy's rule would mix samples");
      }
      shapes.push_back(sample.batched(rows));
      continue;
    }
    const int rank = samples[0].rank() + 1;
    if (operand->shape.rank() > rank || (operand->shape.rank() == rank && operand->shape[0] != 1)) {
      refuse(layer, "a literal of shape ", operand->shape, " does not fit samples of shape ", samples[0]);
    }
    shapes.push_back(operand->shape);
  }
  return shapes;
}

}  // namespace ktrain
