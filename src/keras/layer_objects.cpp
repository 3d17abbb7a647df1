#include "keras/layer_objects.h"

namespace ktrain {
namespace {

using Visit = std::function<void(Json&, const std::string&)>;

void visit_within(Json& object, const std::string& scope, const Visit& visit) {
  const auto meet = [&](Json& layer) {
    if (!layer.is_object() || !layer.contains("config")) return;
    const std::string path = scope + name_of_layer(layer);
    visit(layer, path);
    visit_within(layer, path + "/", visit);
  };
  if (Json* layers = layers_of(object); layers != nullptr && layers->is_array()) {
    for (Json& layer : *layers) meet(layer);
  }
  Json& config = object["config"];
  if (!config.is_object()) return;
  for (const char* part : {"layer", "backward_layer", "cell"}) {
    if (config.contains(part)) meet(config[part]);
  }
  if (member(config, "cells").is_array()) {
    for (Json& cell : config["cells"]) meet(cell);
  }
}

}  // namespace

Json* layers_of(Json& object) {
  Json& config = object["config"];
  if (config.is_array()) return &config;
  return config.is_object() && config.contains("layers") ? &config["layers"] : nullptr;
}

std::string name_of_layer(const Json& layer) {
  const std::string name = string_member(layer, "name");
  return name.empty() ? string_member(member(layer, "config"), "name") : name;
}

void visit_layers(Json& object, const std::function<void(Json&, const std::string&)>& visit) {
  visit_within(object, "", visit);
}

}  // namespace ktrain
