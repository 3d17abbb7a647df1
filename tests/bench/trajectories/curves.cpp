#include "curves.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include "core/text.h"
#include "for_all_runs.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"
#include "rebatch/batch_normalization_momenta.h"
#include "rebatch/optimizer_scaling.h"

namespace ktrain::trajectories {
namespace {

std::string description_of(const std::string& model) {
  const std::string file = model_file(model);
  std::ifstream stream(file);
  if (!stream) throw Error(ExitCode::kNoInput, text(file, " cannot be read"));
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double distance(const Curve& a, const Curve& b) {
  double sum = 0;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return std::numeric_limits<double>::infinity();
    sum += std::fabs(std::log(a[i] / b[i]));
  }
  return sum / static_cast<double>(a.size() - 1);
}

Curves::Curves(const Options& options)
    : options_(options),
      description_(description_of(options.model)),
      momenta_(batch_normalization_momenta(description_)),
      training_(slice(open_dataset("idx:"), 0, options.samples)),
      measured_(slice(training_, 0, kMeasuredSamples)) {}

Curves::Key Curves::key_of(const TrainingRun& run) {
  const HyperParameters& numbers = run.scaled.hyper_parameters;
  Key key = {static_cast<double>(run.seed),
             static_cast<double>(run.scaled.batch),
             static_cast<double>(numbers.optimizer),
             numbers.learning_rate,
             numbers.momentum.value_or(0),
             numbers.beta_1.value_or(0),
             numbers.beta_2.value_or(0),
             numbers.epsilon.value_or(0)};
  const auto& momenta = numbers.batch_normalization_momentum;
  key.insert(key.end(), momenta.begin(), momenta.end());
  return key;
}

void Curves::plan(const TrainingRun& run) {
  const Key key = key_of(run);
  if (!curves_.contains(key)) planned_.emplace(key, run);
}

const Curve& Curves::of(const TrainingRun& run) const {
  return curves_.at(key_of(run));
}

void Curves::train() {
  const std::vector<std::pair<Key, TrainingRun>> runs(planned_.begin(), planned_.end());
  planned_.clear();
  std::vector<Curve> curves(runs.size());
  for_all_runs(runs.size(), options_.threads, [&](std::size_t i) { curves[i] = trained(runs[i].second); });
  for (std::size_t i = 0; i < runs.size(); ++i) curves_.emplace(runs[i].first, std::move(curves[i]));
}

Curve Curves::trained(const TrainingRun& run) const {
  const auto communicator = make_self_communicator();
  const auto seed = static_cast<std::uint64_t>(run.seed);
  const std::string description = with_batch_normalization_momenta(
      description_, run.scaled.hyper_parameters.batch_normalization_momentum);
  Model model = architecture_from_json(description, {.seed = seed}).model;
  const auto optimizer = scaled_optimizer(*run.base, run.scaled, ScheduleSteps::kOfBatch);
  const TrainerOptions options = {
      .global_batch = run.scaled.batch, .base_batch = run.scaled.base_batch, .seed = seed};
  Trainer trainer(*communicator, model, *optimizer, training_, options);
  Curve curve(static_cast<std::size_t>(options_.epochs * options_.samples / kInterval),
              std::numeric_limits<double>::infinity());
  try {
    for (double& loss : curve) {
      for (std::int64_t i = 0; i < kInterval / run.scaled.batch; ++i) trainer.step();
      loss = evaluate(*communicator, model, measured_, options.objective, kMeasuredSamples).loss;
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::kNonFinite) throw;
  }
  return curve;
}

}  // namespace ktrain::trajectories
