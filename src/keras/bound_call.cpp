#include "keras/bound_call.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Resolve = std::function<MaskedTensor(const TensorReference&)>;

std::vector<std::string> words_of(std::string_view signature) {
  std::istringstream stream{std::string(signature)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class Binder {
 public:
  Binder(std::string_view signature, const std::string& layer, const Resolve& resolve)
      : signature_(words_of(signature)), layer_(layer), resolve_(resolve) {}

  BoundCall bind(const GraphUse& use) {
    for (std::size_t i = 0; i < use.arguments.size(); ++i) {
      const Json& argument = use.arguments[i];
      const std::string name = i < signature_.size() ? signature_[i] : text("argument ", i);
      const bool tensors = give(name, argument);
      if (!tensors && !argument.is_null()) bound_.literals[name] = argument;
      bound_.arguments.push_back(tensors ? Json() : argument);
    }
    for (const auto& [key, value] : use.keywords.items()) {
      const std::string name = name_of(key);
      if (!give(name, value)) bound_.literals[name] = value;
    }
    std::ranges::stable_sort(bound_.inputs, {}, [this](const auto& input) { return place(input.argument); });
    return std::move(bound_);
  }

 private:
  /// The first argument goes by several names in Keras.
  std::string name_of(const std::string& keyword) const {
    const bool first =
        keyword == "inputs" || keyword == "sequences" || keyword == "sequence" || keyword == "x";
    return first && !signature_.empty() && place(keyword) == signature_.size() ? signature_[0] : keyword;
  }

  std::size_t place(const std::string& argument) const {
    return static_cast<std::size_t>(std::ranges::find(signature_, argument) - signature_.begin());
  }

  /// True when `value` is a tensor, or holds some.
  bool give(const std::string& argument, const Json& value) {
    if (const auto tensor = tensor_of(value)) {
      if (argument == "mask") {
        bound_.mask = resolve_(*tensor).value;
      } else if (place(argument) == signature_.size()) {
        throw Error(ExitCode::kConfiguration, text("layer '", layer_, "' is called with a tensor for '",
                                                   argument, "', which is not supported"));
      } else {
        bound_.inputs.push_back({argument, resolve_(*tensor)});
      }
      return true;
    }
    bool any = false;
    if (value.is_structured()) {
      for (const Json& item : value) any = give(argument, item) || any;
    }
    return any;
  }

  std::vector<std::string> signature_;
  const std::string& layer_;
  const Resolve& resolve_;
  BoundCall bound_;
};

}  // namespace

std::vector<MaskedTensor> BoundCall::given_for(std::string_view argument) const {
  std::vector<MaskedTensor> tensors;
  for (const Input& input : inputs) {
    if (input.argument == argument) tensors.push_back(input.tensor);
  }
  return tensors;
}

std::size_t BoundCall::tensor_arguments() const {
  std::set<std::string> names;
  for (const Input& input : inputs) names.insert(input.argument);
  return names.size() + (mask == Model::kNoTensor ? 0 : 1);
}

LayerCall BoundCall::layer_call() const {
  LayerCall call;
  call.inputs.clear();
  for (const Input& input : inputs) call.inputs.push_back(input.argument);
  call.arguments = arguments;
  call.literals = literals;
  return call;
}

BoundCall bind_call(const GraphUse& use, std::string_view signature, const std::string& layer,
                    const Resolve& resolve) {
  return Binder(signature, layer, resolve).bind(use);
}

}  // namespace ktrain
