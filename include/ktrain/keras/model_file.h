#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// A Keras model in a file, read: `.keras` (Keras 3, and 2.12 and later), `.h5` (Keras 2 and 3), or the
/// architecture alone as `model.to_json()` writes it. What it is is seen from its content, not from its name.
/// No code from a file is ever run.
class ModelFile {
 public:
  /// Throws Error{kNoInput} when the file cannot be read, Error{kData} when it is none of these or damaged.
  /// Of the weights themselves damage is found when they are read.
  explicit ModelFile(const std::string& file);
  ~ModelFile();
  ModelFile(ModelFile&&) noexcept;
  ModelFile& operator=(ModelFile&&) noexcept;

  /// The model as one JSON document in Keras 3's form, its `compile_config` included: what
  /// architecture_from_json takes, and all that ranks other than the reading one need of the file.
  const std::string& description() const;

  /// ktrain's own record of the training (save_model); "" where there is none.
  const std::string& record() const;

  /// False for an architecture alone.
  bool has_weights() const;
  /// Reads the variables; the file must hold exactly those of the model. Throws Error{kData} that names the
  /// variable and both shapes.
  void load_weights(Model& model) const;
  /// Reads the optimizer's iteration, learning rate and slots; the optimizer is bound. False when the file
  /// holds no such state.
  bool load_optimizer(const Model& model, Optimizer& optimizer) const;

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

/// Writes a model for Keras, by the file's ending: `.weights.h5` (variables and optimizer), `.keras` or `.h5`
/// (the whole model), `.json` (its architecture); all or nothing. `description`: as ModelFile gives it; its
/// `compile_config` is written as it is. `optimizer` may be null. `record` is ktrain's own and kept where
/// Keras does not look; "" for none. Throws Error{kIo} and what check_save throws.
void save_model(const std::string& file, const std::string& description, const Model& model,
                Optimizer* optimizer, const std::string& record = "");

/// Refuses what save_model would, before there is work to be lost. Throws Error{kUsage} for another ending,
/// Error{kConfiguration} for a whole model of Keras 2 that Keras 3 would compute otherwise.
void check_save(const std::string& file, const std::string& description);

}  // namespace ktrain
