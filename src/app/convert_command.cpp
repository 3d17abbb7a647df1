#include <cstdio>

#include "app/commands.h"
#include "app/model_source.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"

namespace ktrain {
namespace {

void convert(const ModelSource& source, const RunConfig& config) {
  ArchitectureOptions options = options_without_data();
  if (!source.has_weights) options.seed = 0;
  Model model = architecture_from_json(source.description, options, source.name).model;
  std::unique_ptr<Optimizer> optimizer;
  if (source.has_weights) {
    source.file->load_weights(model);
    optimizer = stored_optimizer(source, model);
  }
  save_model(*config.save, source.description, model, optimizer.get(), source.record);
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
