#include "keras/stored_variables.h"

#include <map>

#include "core/text.h"
#include "keras/naming.h"

namespace ktrain {
namespace {

/// "b" of "a/b".
std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Where each layer's variables are; of a model that came from no file as Keras would number its layers.
std::vector<std::string> layer_paths(const Model& model) {
  std::vector<std::string> paths;
  EntryNames names;
  for (const auto& layer : model.layers()) {
    const std::string numbered = "layers/" + names.next(python_class(layer->class_name()));
    paths.push_back(layer->file_path().empty() ? numbered : layer->file_path());
  }
  return paths;
}

}  // namespace

std::vector<StoredVariable> stored_variables(const Model& model) {
  std::vector<StoredVariable> variables;
  const std::vector<std::string> paths = layer_paths(model);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Layer& layer = *model.layers()[i];
    std::map<std::string, int> count;
    for (std::size_t k = 0; k < layer.parameter_specs().size(); ++k) {
      const std::string& object = layer.parameter_specs()[k].object;
      const std::string owner = object.empty() ? paths[i] : paths[i] + "/" + object;
      variables.push_back({&layer, k, owner, text(owner, "/vars/", count[owner]++)});
      if (const auto& copied = layer.parameter_specs()[k].copied_to) {
        const std::string other = copied->empty() ? paths[i] : paths[i] + "/" + *copied;
        variables.push_back({&layer, k, other, text(other, "/vars/", count[other]++), true});
      }
    }
  }
  return variables;
}

std::string owner_name(const StoredVariable& variable) {
  const ParameterSpec& spec = variable.layer->parameter_specs()[variable.index];
  if (spec.object.empty()) return last_part(variable.layer->name());
  const std::size_t slash = spec.name.rfind('/');
  return last_part(slash == std::string::npos ? spec.object : spec.name.substr(0, slash));
}

}  // namespace ktrain
