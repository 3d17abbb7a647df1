#include <cstdio>
#include <string>

#include "app/build_run.h"
#include "app/commands.h"
#include "core/text.h"
#include "ktrain/train/evaluate.h"

namespace ktrain {

ExitCode run_evaluate(Communicator& communicator, const RunConfig& config) {
  Run run = build_run(communicator, config);
  print_notes(communicator, config, run);
  const Evaluation evaluation = evaluate(communicator, run.model, run.data, run.options.objective,
                                         config.global_batch, run.inference_shard());
  if (communicator.rank() == 0) {
    std::string line = text("samples: ", evaluation.samples, " - loss: ", evaluation.loss);
    for (const NamedValue& metric : evaluation.metrics) line += text(" - ", metric.name, ": ", metric.value);
    std::puts(line.c_str());
  }
  return ExitCode::kOk;
}

}  // namespace ktrain
