#include "keras/legacy_h5.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "keras/h5_string_list.h"
#include "keras/keras_version.h"
#include "keras/stored_variables.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

[[noreturn]] void refuse(const H5Reader& file, const std::string& reason) {
  throw Error(ExitCode::kData, text(file.file(), ": ", reason));
}

/// Where the layers' groups are: the root of a weights file.
std::string weights_group(const H5Reader& file) {
  const bool whole = !file.has_attribute("", "layer_names") && file.is_group("model_weights");
  return whole ? "model_weights" : "";
}

std::string joined(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

/// The variables of one outermost layer in the order of such files.
struct LayerVariables {
  std::string layer;
  std::vector<StoredVariable> variables;
};

std::vector<LayerVariables> variables_by_layer(const Model& model) {
  std::vector<LayerVariables> layers;
  for (const StoredVariable& variable : stored_variables(model)) {
    if (variable.copy) continue;
    const std::string& name = variable.layer->name();
    const std::string outermost = name.substr(0, name.find('/'));
    if (layers.empty() || layers.back().layer != outermost) layers.push_back({outermost, {}});
    layers.back().variables.push_back(variable);
  }
  for (LayerVariables& layer : layers) {
    std::stable_partition(layer.variables.begin(), layer.variables.end(), [](const StoredVariable& variable) {
      return variable.layer->parameter_specs()[variable.index].trainable;
    });
  }
  return layers;
}

struct StoredGroup {
  std::string path;
  std::vector<std::string> weights;
};

std::vector<StoredGroup> groups_with_weights(const H5Reader& file) {
  const std::string root = weights_group(file);
  std::vector<StoredGroup> groups;
  for (const std::string& name : read_string_list(file, root, "layer_names")) {
    const std::string path = joined(root, name);
    if (!file.is_group(path)) refuse(file, text("the group ", path, " of a layer is missing"));
    StoredGroup group{path, read_string_list(file, path, "weight_names")};
    if (!group.weights.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

void read_group(const H5Reader& file, const StoredGroup& group, const LayerVariables& layer) {
  if (group.weights.size() != layer.variables.size()) {
    refuse(file, text(group.path, " holds ", group.weights.size(), " variables, but layer '", layer.layer,
                      "' has ", layer.variables.size()));
  }
  for (std::size_t i = 0; i < group.weights.size(); ++i) {
    const std::string path = joined(group.path, group.weights[i]);
    const StoredVariable& variable = layer.variables[i];
    if (!file.exists(path)) refuse(file, text(path, " is missing; it should hold ", variable.name()));
    const Shape stored(file.info(path).dims);
    const TensorView& values = variable.values();
    if (!(stored == values.shape())) {
      refuse(file,
             text(path, " has shape ", stored, ", but ", variable.name(), " has shape ", values.shape()));
    }
    file.read(path, values.data<float>(), DType::kFloat32, values.shape().dims());
  }
}

/// Every layer of the model's own description, in Keras's order; those without variables have empty groups.
std::vector<std::string> layer_names(const Json& description) {
  std::vector<std::string> names;
  for (const Json& layer : description["config"]["layers"]) {
    const bool sequential = description["class_name"] == "Sequential";
    if (sequential && layer["class_name"] == "InputLayer") continue;
    names.push_back(string_member(member(layer, "config"), "name"));
  }
  return names;
}

/// "mse" -> "mean_squared_error": Keras 3 cannot load the short names from such files.
Json full_loss_names(const Json& loss) {
  static const std::pair<const char*, const char*> kNames[] = {{"mse", "mean_squared_error"},
                                                               {"mae", "mean_absolute_error"},
                                                               {"mape", "mean_absolute_percentage_error"},
                                                               {"msle", "mean_squared_logarithmic_error"},
                                                               {"bce", "binary_crossentropy"},
                                                               {"kld", "kl_divergence"}};
  if (loss.is_structured()) {
    Json full = loss;
    if (string_member(loss, "class_name").empty()) {
      for (Json& item : full) item = full_loss_names(item);
    }
    return full;
  }
  for (const auto& [alias, name] : kNames) {
    if (loss == alias) return name;
  }
  return loss;
}

}  // namespace

bool is_legacy_h5(const H5Reader& file) {
  return file.has_attribute("", "layer_names") || file.has_attribute("", "layer_names0") ||
         file.has_attribute("", "model_config") || file.is_group("model_weights");
}

Json read_legacy_model(const H5Reader& file) {
  if (!file.has_attribute("", "model_config")) {
    refuse(file, "holds weights alone: give the architecture with --model and this file with --weights");
  }
  Json description = parse_json(file.attribute("", "model_config"), file.file());
  if (!file.has_attribute("", "training_config") || !description.is_object()) return description;
  const Json training = parse_json(file.attribute("", "training_config"), file.file());
  Json compiled = Json::object();
  for (const char* key : {"loss", "metrics", "weighted_metrics", "loss_weights"})
    compiled[key] = member(training, key);
  compiled["optimizer"] = member(training, "optimizer_config");
  description["compile_config"] = compiled;
  return description;
}

void read_legacy_weights(const H5Reader& file, Model& model) {
  const std::vector<LayerVariables> layers = variables_by_layer(model);
  const std::vector<StoredGroup> groups = groups_with_weights(file);
  if (groups.size() != layers.size()) {
    refuse(file, text("holds variables of ", groups.size(), " layers, but the model has ", layers.size(),
                      " layers with variables"));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) read_group(file, groups[i], layers[i]);
  model.weights_changed();
}

void write_legacy_model(H5Writer& file, const Json& description, const Model& model) {
  Json config = description;
  config.erase("compile_config");
  file.group("");
  file.attribute("", "model_config", dump_json(config));
  file.attribute("", "keras_version", kKerasVersion);
  file.attribute("", "backend", "jax");
  const Json& compiled = member(description, "compile_config");
  if (compiled.is_object() && !compiled.empty()) {
    const Json training = {{"loss", full_loss_names(member(compiled, "loss"))},
                           {"metrics", member(compiled, "metrics")},
                           {"weighted_metrics", member(compiled, "weighted_metrics")},
                           {"loss_weights", member(compiled, "loss_weights")},
                           {"optimizer_config", member(compiled, "optimizer")}};
    file.attribute("", "training_config", dump_json(training));
  }
  file.group("model_weights");
  const std::vector<std::string> names = layer_names(description);
  write_string_list(file, "model_weights", "layer_names", names);
  file.attribute("model_weights", "keras_version", kKerasVersion);
  file.attribute("model_weights", "backend", "jax");
  const std::vector<LayerVariables> layers = variables_by_layer(model);
  for (const std::string& name : names) {
    const std::string group = "model_weights/" + name;
    file.group(group);
    std::vector<std::string> weights;
    for (const LayerVariables& layer : layers) {
      if (layer.layer != name) continue;
      for (const StoredVariable& variable : layer.variables) {
        weights.push_back(variable.name());
        const TensorView& values = variable.values();
        file.write(group + "/" + weights.back(), values.data<float>(), DType::kFloat32,
                   values.shape().dims());
      }
    }
    write_string_list(file, group, "weight_names", weights);
  }
}

}  // namespace ktrain
