#include "keras/operations.h"

#include "core/check.h"
#include "core/text.h"

namespace ktrain {
namespace {

const OperationClass* find_operation(const Json& object) {
  const std::string module = string_member(object, "module");
  // `.h5` files name no modules.
  const bool of_operations =
      module.starts_with("keras.src.ops.") || module.starts_with("keras.src.activations.");
  if (!module.empty() && !of_operations) return nullptr;
  const std::string name = string_member(object, "class_name");
  for (const auto& family :
       {elementwise_operations(), shape_operations(), selection_operations(), product_operations()}) {
    for (const OperationClass& operation : family) {
      if (operation.name == name) return &operation;
    }
  }
  return nullptr;
}

/// The numbers of nested lists, with the lengths of the lists as the shape.
class LiteralReader {
 public:
  /// False when the lists are ragged or hold something else.
  bool read(const Json& value) {
    return read(value, 0) && dims_.size() < static_cast<std::size_t>(Shape::kMaxRank);
  }
  Literal take() { return {Shape(dims_), std::move(values_)}; }

 private:
  bool read(const Json& value, std::size_t depth) {
    if (!value.is_array()) {
      if (depth != dims_.size() && !values_.empty()) return false;
      const auto number =
          value.is_boolean() ? std::optional(value.get<bool>() ? 1.0 : 0.0) : number_of(value);
      if (number) values_.push_back(static_cast<float>(*number));
      return number.has_value();
    }
    const auto size = static_cast<std::int64_t>(value.size());
    if (depth == dims_.size() && values_.empty()) dims_.push_back(size);
    if (depth >= dims_.size() || dims_[depth] != size) return false;
    for (const Json& item : value) {
      if (!read(item, depth + 1)) return false;
    }
    return true;
  }

  std::vector<std::int64_t> dims_;
  std::vector<float> values_;
};

Literal literal_of(const LayerConfig& config, const Json& given) {
  const Json& value = given.is_object() ? member(member(given, "config"), "value") : given;
  LiteralReader reader;
  if (!reader.read(value)) config.refuse("operand", text(brief(given), " is no number and no array of them"));
  return reader.take();
}

}  // namespace

bool has_operation(const Json& object) {
  return find_operation(object) != nullptr;
}

std::unique_ptr<Layer> make_operation(const Json& object, const LayerCall& call) {
  const OperationClass* operation = find_operation(object);
  KTRAIN_CHECK(operation != nullptr, brief(object));
  const Json& given = member(object, "config");
  // An operation's dtype is an argument of its own: Cast's target.
  LayerConfig config(string_member(object, "class_name"), given, {}, {"float32", "int32", "int64", "bool"},
                     call);
  auto layer = operation->read(config);
  config.finish();
  return layer;
}

std::vector<Operand> operands_of(LayerConfig& config) {
  const LayerCall& call = config.call();
  if (call.arguments.empty()) return std::vector<Operand>(call.inputs.size());
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::string name = text("x", i + 1);
    if (!config.literal(name.c_str()).is_null()) {
      operands.emplace_back(literal_of(config, call.arguments[i]));
      continue;
    }
    const int tensors = std::max(1, call.count(name));
    operands.resize(operands.size() + static_cast<std::size_t>(tensors));
  }
  return operands;
}

std::optional<std::vector<int>> axes_of(LayerConfig& config, const char* key) {
  const Json& given = config.value(key);
  if (given.is_null()) return std::nullopt;
  if (!given.is_array()) return std::vector{static_cast<int>(config.integer(key))};
  std::vector<int> axes;
  for (const std::int64_t axis : config.integers(key)) axes.push_back(static_cast<int>(axis));
  return axes;
}

}  // namespace ktrain
