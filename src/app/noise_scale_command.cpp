#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/build_run.h"
#include "app/commands.h"
#include "app/noise_log.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/optimizer.h"
#include "report/noise_chart.h"
#include "report/noise_scale_text.h"
#include "scaling/noise_scale.h"

namespace ktrain {
namespace {

/// Every whole batch counts alike, and nothing changes the model.
TrainerOptions measuring(TrainerOptions options) {
  options.noise = {.every_samples = 1, .momentum = 1};
  options.update = false;
  options.objective.metrics.clear();
  return options;
}

/// McCandlish et al., arXiv:1812.06162: steps go as 1 + phi / B, samples as B + phi. For batches that
/// `samples` samples fill.
std::vector<BatchCost> costs_of(std::int64_t batch, std::int64_t samples, double phi) {
  std::vector<BatchCost> costs;
  for (const double kappa : {0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0}) {
    const double other = kappa * static_cast<double>(batch);
    const auto whole = static_cast<std::int64_t>(other);
    if (static_cast<double>(whole) != other || whole > samples) continue;
    const double cost = 1 / statistical_efficiency(static_cast<double>(batch), other, phi);
    costs.push_back({whole, cost / kappa, cost});
  }
  return costs;
}

std::string lines_of(const std::optional<NoiseScale>& noise, std::int64_t batch, std::int64_t samples) {
  if (!noise) return "noise scale: unknown, a single batch of one piece cannot tell\n";
  std::string lines = text_of(*noise) + text("\n|G|^2: ", noise->square, " - tr(Sigma): ", noise->trace,
                                             " - batches of ", batch, " samples\n");
  return noise->value ? lines + table_of(costs_of(batch, samples, *noise->value), batch) : lines;
}

void draw(const std::string& log, const std::string& image) {
  const std::string chart = noise_chart(read_noise_log(log));
  write_durably(image, std::as_bytes(std::span(chart)));
}

}  // namespace

ExitCode run_noise_scale(Communicator& communicator, const RunConfig& config) {
  if (config.from_log) {
    agree(communicator, [&] {
      if (communicator.rank() == 0) draw(*config.from_log, *config.svg);
    });
    return ExitCode::kOk;
  }
  Run run = build_run(communicator, config);
  const auto unused = make_optimizer("sgd");
  Trainer trainer(communicator, run.model, *unused, run.data, measuring(run.options));
  const std::int64_t samples = run.data->size(), batch = std::min(config.global_batch, samples);
  const std::int64_t steps = config.steps.value_or(samples / batch);
  for (std::int64_t step = 0; step < steps; ++step) trainer.step();
  if (communicator.rank() == 0) {
    std::fputs(lines_of(trainer.noise_scale(), batch, samples).c_str(), stdout);
  }
  return ExitCode::kOk;
}

}  // namespace ktrain
