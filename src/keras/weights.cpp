#include "ktrain/keras/weights.h"

#include "io/durable_file.h"
#include "io/hdf5.h"
#include "keras/legacy_h5.h"
#include "keras/optimizer_variables.h"
#include "keras/weights_layout.h"

namespace ktrain {

void save_weights(const std::string& file, const Model& model, Optimizer* optimizer) {
  H5Writer writer(file);
  write_weights(writer, model, optimizer);
  write_durably(file, writer.image());
}

void load_weights(const std::string& file, Model& model) {
  const H5Reader reader(file);
  if (is_legacy_h5(reader)) {
    read_legacy_weights(reader, model);
  } else {
    read_weights(reader, model);
  }
}

bool load_optimizer(const std::string& file, const Model& model, Optimizer& optimizer) {
  const H5Reader reader(file);
  return read_optimizer(reader, model.parameters(), optimizer);
}

}  // namespace ktrain
