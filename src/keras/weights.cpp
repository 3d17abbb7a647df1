#include "ktrain/keras/weights.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/text.h"
#include "io/durable_file.h"
#include "io/hdf5.h"
#include "keras/naming.h"
#include "keras/optimizer_variables.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// The group of a layer's variables.
struct LayerGroup {
  const Layer* layer;
  std::string entry;  ///< in "layers": "conv2d_1"
  std::string vars() const { return text("layers/", entry, "/vars"); }
  std::string variable(std::size_t index) const { return text(vars(), '/', index); }
};

/// Layers without variables have no group but are counted.
std::vector<LayerGroup> layer_groups(const Model& model) {
  std::vector<LayerGroup> groups;
  EntryNames names;
  for (const auto& layer : model.layers()) {
    const std::string entry = names.next(layer->class_name());
    if (!layer->parameter_specs().empty()) groups.push_back({layer.get(), entry});
  }
  return groups;
}

[[noreturn]] void refuse(const H5Reader& file, const std::string& reason) {
  throw Error(ExitCode::kData, text(file.file(), ": ", reason));
}

void read_variable(const H5Reader& file, const std::string& path, const std::string& name,
                   const TensorView& values) {
  if (!file.exists(path)) refuse(file, text(path, " is missing; it should hold ", name, ' ', values.shape()));
  const H5Array array = file.info(path);
  const Shape stored(array.dims);
  if (!(stored == values.shape())) {
    refuse(file, text(path, " has shape ", stored, ", but ", name, " has shape ", values.shape()));
  }
  file.read(path, values.data<float>(), DType::kFloat32, values.shape().dims());
}

void read_layer(const H5Reader& file, const LayerGroup& group) {
  const auto specs = group.layer->parameter_specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    read_variable(file, group.variable(i), text(group.layer->name(), '/', specs[i].name),
                  group.layer->parameters()[i]);
  }
  if (file.exists(group.variable(specs.size()))) {
    refuse(file, text(group.vars(), " holds more than the ", specs.size(), " variables of layer '",
                      group.layer->name(), "'"));
  }
}

/// True when `group`, or a group in it, holds variables.
bool holds_variables(const H5Reader& file, const std::string& group) {
  for (const std::string& member : file.list(group)) {
    const std::string path = text(group, '/', member);
    if (!file.is_group(path) || holds_variables(file, path)) return true;
  }
  return false;
}

/// A file of another model should not pass because it holds more.
void require_no_others(const H5Reader& file, const std::vector<LayerGroup>& groups) {
  std::set<std::string> known;
  for (const LayerGroup& group : groups) known.insert(group.entry);
  for (const std::string& entry : file.list("layers")) {
    if (!known.contains(entry) && holds_variables(file, text("layers/", entry))) {
      refuse(file, text("layers/", entry, " holds variables that no layer of model has"));
    }
  }
}

}  // namespace

void save_weights(const std::string& file, const Model& model, Optimizer* optimizer) {
  H5Writer writer(file);
  // Keras up to 3.0 asks for the model's own variables, of which there are none.
  writer.group("vars");
  for (const LayerGroup& group : layer_groups(model)) {
    const auto parameters = group.layer->parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      writer.write(group.variable(i), parameters[i].data<float>(), DType::kFloat32,
                   parameters[i].shape().dims());
    }
    writer.attribute(group.vars(), "name", group.layer->name());
  }
  if (optimizer) write_optimizer(writer, model.parameters(), *optimizer);
  write_durably(file, writer.image());
}

void load_weights(const std::string& file, Model& model) {
  const H5Reader reader(file);
  if (!reader.is_group("layers")) refuse(reader, "not a Keras 3 weights file: it has no group layers");
  const std::vector<LayerGroup> groups = layer_groups(model);
  for (const LayerGroup& group : groups) read_layer(reader, group);
  require_no_others(reader, groups);
  model.weights_changed();
}

bool load_optimizer(const std::string& file, const Model& model, Optimizer& optimizer) {
  const H5Reader reader(file);
  return read_optimizer(reader, model.parameters(), optimizer);
}

}  // namespace ktrain
