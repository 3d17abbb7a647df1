#include "keras/registry.h"

#include <algorithm>

#include "core/check.h"
#include "keras/operations.h"

namespace ktrain {
namespace {

/// True when the object's class is one of this module, under its public or its private name.
bool is_of(const Json& object, std::string_view module, std::string_view private_module) {
  const Json& registered = member(object, "registered_name");
  const bool built_in = registered.is_null() || registered == member(object, "class_name");
  // `.h5`-style objects and old files name no module.
  const std::string given = string_member(object, "module");
  return built_in && (given.empty() || given == module || given.starts_with(private_module));
}

bool is_keras_layer(const Json& object) {
  return is_of(object, "keras.layers", "keras.src.layers.");
}

/// Classes that ready-made models bring along.
bool is_application_layer(const Json& object) {
  return is_of(object, "keras.applications", "keras.src.applications.");
}

const LayerClass* find_in(std::span<const LayerClass> family, std::string_view name) {
  const auto found = std::ranges::find(family, name, &LayerClass::name);
  return found == family.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::span<const LayerClass>> layer_families() {
  return {core_layers(),      activation_layers(), convolution_layers(),    pooling_layers(),
          reshaping_layers(), merging_layers(),    normalization_layers(),  preprocessing_layers(),
          recurrent_layers(), attention_layers(),  regularization_layers(), application_layers()};
}

const LayerClass* find_layer(const Json& object) {
  const std::string name = string_member(object, "class_name");
  if (const auto* found = find_in(application_layers(), name)) {
    return is_application_layer(object) ? found : nullptr;
  }
  if (!is_keras_layer(object)) return nullptr;
  for (const auto& family : layer_families()) {
    if (const auto* found = find_in(family, name)) return found;
  }
  return nullptr;
}

bool is_operation(const Json& object) {
  const std::string module = string_member(object, "module");
  return module.starts_with("keras.src.ops.") || module.starts_with("keras.src.activations.");
}

bool is_bidirectional(const Json& object) {
  return is_keras_layer(object) && member(object, "class_name") == "Bidirectional";
}

bool is_known(const Json& object) {
  return find_layer(object) != nullptr || is_bidirectional(object) || has_operation(object);
}

std::unique_ptr<Layer> make_layer(const Json& object, const ArchitectureOptions& options,
                                  const LayerCall& call) {
  const LayerClass* found = find_layer(object);
  KTRAIN_CHECK(found != nullptr, brief(object));
  LayerConfig config(string_member(object, "class_name"), member(object, "config"), options, {"float32"},
                     call);
  auto layer = found->read(config);
  config.finish();
  return layer;
}

}  // namespace ktrain
