#include <cstdio>

#include "app/commands.h"
#include "app/model_source.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/compile_settings.h"

namespace ktrain {
namespace {

/// The optimizer of the model's compile settings with its state, or null where the file has none.
std::unique_ptr<Optimizer> optimizer_of(const ModelSource& source, Model& model) {
  CompileSettings settings = read_compile_settings(source.description, model);
  if (!settings.optimizer) return nullptr;
  settings.optimizer->bind(model.parameters());
  if (!source.file->load_optimizer(model, *settings.optimizer)) return nullptr;
  return std::move(settings.optimizer);
}

void convert(const ModelSource& source, const RunConfig& config) {
  ArchitectureOptions options = options_without_data();
  if (!source.has_weights) options.seed = 0;
  Model model = architecture_from_json(source.description, options, source.name).model;
  std::unique_ptr<Optimizer> optimizer;
  if (source.has_weights) {
    source.file->load_weights(model);
    optimizer = optimizer_of(source, model);
  }
  save_model(*config.save, source.description, model, optimizer.get());
}

}  // namespace

ExitCode run_convert(Communicator& communicator, const RunConfig& config) {
  const ModelSource source = open_model(communicator, config.model);
  agree(communicator, [&] {
    if (communicator.rank() == 0) convert(source, config);
  });
  return ExitCode::kOk;
}

}  // namespace ktrain
