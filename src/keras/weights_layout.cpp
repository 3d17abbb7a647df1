#include "keras/weights_layout.h"

#include <set>
#include <string>
#include <vector>

#include "core/text.h"
#include "keras/optimizer_variables.h"
#include "keras/stored_variables.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

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

/// Where the file has a variable: Keras 2 names the parts of some layers with an underscore before
/// ("layers/attention/_query_dense/vars/0").
std::string path_in(const H5Reader& file, const StoredVariable& variable) {
  if (file.exists(variable.path)) return variable.path;
  const std::size_t name = variable.owner.rfind('/') + 1;
  std::string with_underscore = variable.path;
  with_underscore.insert(name, 1, '_');
  return file.exists(with_underscore) ? with_underscore : variable.path;
}

/// Every dataset below `group`.
void list_datasets(const H5Reader& file, const std::string& group, std::vector<std::string>& datasets) {
  for (const std::string& member : file.list(group)) {
    const std::string path = text(group, '/', member);
    if (file.is_group(path)) {
      list_datasets(file, path, datasets);
    } else {
      datasets.push_back(path);
    }
  }
}

/// A file of another model should not pass because it holds more.
void require_no_others(const H5Reader& file, const std::vector<StoredVariable>& variables) {
  std::set<std::string> known;
  for (const StoredVariable& variable : variables) known.insert(path_in(file, variable));
  std::vector<std::string> datasets;
  list_datasets(file, "layers", datasets);
  for (const std::string& path : datasets) {
    if (!known.contains(path)) refuse(file, text(path, " holds a variable that no layer of the model has"));
  }
}

}  // namespace

void write_weights(H5Writer& file, const Model& model, Optimizer* optimizer) {
  // Keras up to 3.0 asks for the model's own variables, of which there are none.
  file.group("vars");
  for (const StoredVariable& variable : stored_variables(model)) {
    const TensorView& values = variable.values();
    file.write(variable.path, values.data<float>(), DType::kFloat32, values.shape().dims());
    if (variable.path.ends_with("/vars/0"))
      file.attribute(variable.owner + "/vars", "name", owner_name(variable));
  }
  if (optimizer) write_optimizer(file, model.parameters(), *optimizer);
}

void read_weights(const H5Reader& file, Model& model) {
  if (!file.is_group("layers")) refuse(file, "not a Keras 3 weights file: it has no group layers");
  const std::vector<StoredVariable> variables = stored_variables(model);
  for (const StoredVariable& variable : variables) {
    read_variable(file, path_in(file, variable), variable.name(), variable.values());
  }
  require_no_others(file, variables);
  model.weights_changed();
}

}  // namespace ktrain
