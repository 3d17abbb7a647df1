#include "core/names.h"
#include "keras/operations.h"
#include "ktrain/nn/layers/activation.h"
#include "ktrain/nn/layers/identity.h"
#include "nn/operations/elementwise.h"

namespace ktrain {
namespace {

template <BinaryKind kKind>
std::unique_ptr<Layer> read_binary(LayerConfig& config) {
  return make_binary_operation(config.name(), config.class_name(), kKind, operands_of(config));
}

template <UnaryKind kKind>
std::unique_ptr<Layer> read_unary(LayerConfig& config) {
  return make_unary_operation(config.name(), config.class_name(), kKind);
}

std::unique_ptr<Layer> read_where(LayerConfig& config) {
  return make_where(config.name(), operands_of(config));
}

std::unique_ptr<Layer> read_clip(LayerConfig& config) {
  return make_unary_operation(config.name(), "Clip", UnaryKind::kClip, config.real("x_min"),
                              config.real("x_max"));
}

// Whole numbers and truths are float32 here: a cast to them cuts off, one to float32 changes nothing.
std::unique_ptr<Layer> read_cast(LayerConfig& config) {
  const std::string dtype =
      config.value("dtype").is_string() ? config.value("dtype").get<std::string>() : "float32";
  if (dtype == "float32") return make_identity(config.name());
  const UnaryKind kind = dtype == "bool" ? UnaryKind::kNotZero : UnaryKind::kTruncate;
  return make_unary_operation(config.name(), "Cast", kind);
}

/// The activation of the operation's name with the parameters that its arguments give.
std::unique_ptr<Layer> read_activation(LayerConfig& config) {
  const std::string name = config.class_name() == "ReLU" ? "relu" : snake_case(config.class_name());
  Activation activation = *activation_named(name);
  const auto take = [&](const char* key, float& parameter) { parameter = config.real(key, parameter); };
  if (!config.value("max_value").is_null()) take("max_value", activation.max_value);
  take("negative_slope", activation.negative_slope);
  take("threshold", activation.threshold);
  take("default_value", activation.default_value);
  take("alpha", activation.alpha);
  take("b", activation.b);
  activation.approximate = config.flag("approximate", activation.approximate);
  activation.axis = static_cast<int>(config.integer("axis", activation.axis));
  return make_activation(config.name(), {activation});
}

using B = BinaryKind;
using U = UnaryKind;

constexpr OperationClass kClasses[] = {
    {"Absolute", read_unary<U::kAbsolute>},
    {"Add", read_binary<B::kAdd>},
    {"Cast", read_cast},
    {"Ceil", read_unary<U::kCeil>},
    {"Celu", read_activation},
    {"Clip", read_clip},
    {"Cos", read_unary<U::kCos>},
    {"Divide", read_binary<B::kDivide>},
    {"Elu", read_activation},
    {"Equal", read_binary<B::kEqual>},
    {"Erf", read_unary<U::kErf>},
    {"Exp", read_unary<U::kExp>},
    {"Expm1", read_unary<U::kExpm1>},
    {"Floor", read_unary<U::kFloor>},
    {"FloorDivide", read_binary<B::kFloorDivide>},
    {"Gelu", read_activation},
    {"Glu", read_activation},
    {"Greater", read_binary<B::kGreater>},
    {"GreaterEqual", read_binary<B::kGreaterEqual>},
    {"HardShrink", read_activation},
    {"HardSigmoid", read_activation},
    {"HardSilu", read_activation},
    {"HardTanh", read_activation},
    {"LeakyRelu", read_activation},
    {"Less", read_binary<B::kLess>},
    {"LessEqual", read_binary<B::kLessEqual>},
    {"Log", read_unary<U::kLog>},
    {"Log1p", read_unary<U::kLog1p>},
    {"LogSigmoid", read_activation},
    {"LogSoftmax", read_activation},
    {"LogicalAnd", read_binary<B::kLogicalAnd>},
    {"LogicalNot", read_unary<U::kIsZero>},
    {"LogicalOr", read_binary<B::kLogicalOr>},
    {"Maximum", read_binary<B::kMaximum>},
    {"Minimum", read_binary<B::kMinimum>},
    {"Mod", read_binary<B::kMod>},
    {"Multiply", read_binary<B::kMultiply>},
    {"Negative", read_unary<U::kNegative>},
    {"NotEqual", read_binary<B::kNotEqual>},
    {"Power", read_binary<B::kPower>},
    {"ReLU", read_activation},
    {"Reciprocal", read_unary<U::kReciprocal>},
    {"Relu", read_activation},
    {"Relu6", read_activation},
    {"Round", read_unary<U::kRound>},
    {"Rsqrt", read_unary<U::kRsqrt>},
    {"Selu", read_activation},
    {"Sigmoid", read_activation},
    {"Sign", read_unary<U::kSign>},
    {"Silu", read_activation},
    {"Sin", read_unary<U::kSin>},
    {"SoftShrink", read_activation},
    {"Softmax", read_activation},
    {"Softplus", read_activation},
    {"Softsign", read_activation},
    {"SparsePlus", read_activation},
    {"SparseSigmoid", read_activation},
    {"Sparsemax", read_activation},
    {"Sqrt", read_unary<U::kSqrt>},
    {"Square", read_unary<U::kSquare>},
    {"Squareplus", read_activation},
    {"Subtract", read_binary<B::kSubtract>},
    {"Tanh", read_activation},
    {"TanhShrink", read_activation},
    {"TrueDivide", read_binary<B::kDivide>},
    {"Where", read_where},
};

}  // namespace

std::span<const OperationClass> elementwise_operations() {
  return kClasses;
}

}  // namespace ktrain
