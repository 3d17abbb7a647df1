#include "core/text.h"
#include "keras/operations.h"
#include "nn/operations/products.h"
#include "nn/operations/reduce.h"

namespace ktrain {
namespace {

template <ReduceKind kKind>
std::unique_ptr<Layer> read_reduce(LayerConfig& config) {
  config.only("initial", {nullptr});
  const auto axes = axes_of(config, "axis");
  return make_reduce_operation(config.name(), config.class_name(), kKind, axes,
                               config.flag("keepdims", false));
}

void require_tensors(LayerConfig& config) {
  for (const Operand& operand : operands_of(config)) {
    if (operand) config.refuse("operand", "a literal is not supported here");
  }
}

std::unique_ptr<Layer> read_matmul(LayerConfig& config) {
  require_tensors(config);
  return make_matmul_operation(config.name());
}

std::unique_ptr<Layer> read_einsum(LayerConfig& config) {
  require_tensors(config);
  const Json& equation = config.value("subscripts");
  if (!equation.is_string()) config.refuse("subscripts", text(brief(equation), " is not a string"));
  return make_einsum_operation(config.name(), equation.get<std::string>());
}

// Truths are ones and zeros, so any is their maximum and all their minimum.
constexpr OperationClass kClasses[] = {{"All", read_reduce<ReduceKind::kMinimum>},
                                       {"Any", read_reduce<ReduceKind::kMaximum>},
                                       {"Einsum", read_einsum},
                                       {"Matmul", read_matmul},
                                       {"Max", read_reduce<ReduceKind::kMaximum>},
                                       {"Mean", read_reduce<ReduceKind::kMean>},
                                       {"Min", read_reduce<ReduceKind::kMinimum>},
                                       {"Sum", read_reduce<ReduceKind::kSum>}};

}  // namespace

std::span<const OperationClass> product_operations() {
  return kClasses;
}

}  // namespace ktrain
