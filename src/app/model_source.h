#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/keras/model_file.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// A run's model as its file describes it. One rank reads the file; the others are told what they need.
struct ModelSource {
  std::string name;         ///< of the file, for messages
  std::string description;  ///< see ModelFile::description
  std::string compiled;     ///< of the description the compile settings alone
  std::string record;       ///< see ModelFile::record
  bool has_weights = false;
  std::shared_ptr<const ModelFile> file;  ///< null on ranks other than 0
};

/// `name` is a file's, or that of one of ktrain's own (configs/…) in the installed share folder or the source
/// tree. Collective; when the file cannot be read all ranks throw the same Error. The rank that reads it may
/// edit the description before the others are told.
using EditSource = std::function<void(ModelSource&)>;
ModelSource open_model(Communicator& communicator, const std::string& name, const EditSource& edit = {});

/// The optimizer of the model's compile settings with its state, or null where the file has none. On the rank
/// that has the file.
std::unique_ptr<Optimizer> stored_optimizer(const ModelSource& source, Model& model);

/// As many numbers as this machine's memory holds.
std::int64_t numbers_in_memory();

/// Stands in where a model takes inputs of any size and no data says which.
inline constexpr std::int64_t kAnySize = 256;

/// For a model that no data goes through.
ArchitectureOptions options_without_data(std::int64_t open_size = kAnySize);

}  // namespace ktrain
