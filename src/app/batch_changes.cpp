#include "app/batch_changes.h"

#include <algorithm>
#include <span>

#include "app/adaptive_batch.h"
#include "core/check.h"
#include "core/text.h"
#include "rebatch/optimizer_scaling.h"
#include "scaling/adascale.h"
#include "train/visit_optional.h"

namespace ktrain {

BatchChanges::BatchChanges(Communicator& communicator, const RunConfig& config, Run& run, Trainer& trainer)
    : communicator_(communicator),
      config_(config),
      run_(run),
      trainer_(trainer),
      base_(base_hyper_parameters(run.scaling)),
      stages_(batch_stages_of(config.batch_schedule)) {
  const std::vector<double> first =
      scaled_to(run.scaling.run.batch).hyper_parameters.batch_normalization_momentum;
  for (std::size_t i = 0; i < first.size(); ++i) {
    base_momenta_[first[i]] = base_.batch_normalization_momentum[i];
  }
  if (config.lr_ramp) {
    ramp_samples_ = std::max(config.lr_ramp->samples, config.lr_ramp->epochs * run.data->size());
  }
  begin_ramp(1 / run.scaling.run.learning_rate_factor);
}

std::int64_t BatchChanges::scheduled() const {
  const auto later = std::ranges::upper_bound(stages_, trainer_.position().epoch, {}, &BatchStage::epoch);
  return later == stages_.begin() ? trainer_.options().global_batch : std::prev(later)->batch;
}

std::optional<double> BatchChanges::noise_scale() const {
  return config_.noise_scale ? config_.noise_scale : followed_noise_scale_;
}

ScaledRun BatchChanges::scaled_to(std::int64_t batch) const {
  const BatchChange change = {
      .base_batch = run_.scaling.run.base_batch, .new_batch = batch, .noise_scale = noise_scale()};
  return scale_run(base_, change, config_.scaling);
}

std::vector<std::string> BatchChanges::resumed() {
  const std::int64_t from = trainer_.state_batch(), to = run_.adaptive ? from : scheduled();
  const bool followed = noise_scale() != config_.noise_scale;
  if (from == to && trainer_.options().global_batch == to && !followed) return {};
  // A ramp that had begun goes on, and what the learning rate was reduced to stays to the bit.
  const bool scheduled_rate = run_.optimizer->options().schedule != nullptr;
  const double rate = scheduled_rate ? 0 : run_.optimizer->learning_rate();
  const auto begin = ramp_begin_;
  const double ramp_from = ramp_from_, factor = run_.optimizer->learning_rate_factor();
  std::vector<std::string> lines = change(scaled_to(from), to);
  if (from == to) {
    ramp_begin_ = begin;
    ramp_from_ = ramp_from;
    run_.optimizer->set_learning_rate_factor(factor);
    if (!scheduled_rate) run_.optimizer->set_learning_rate(rate);
  }
  return lines;
}

std::vector<std::string> BatchChanges::before_step() {
  const std::int64_t now = trainer_.options().global_batch, next = scheduled();
  std::vector<std::string> lines;
  if (run_.adaptive) {
    lines = follow_noise_scale();
  } else if (next != now) {
    lines = change(scaled_to(now), next);
  }
  follow_rates();
  return lines;
}

std::optional<double> BatchChanges::decisive_noise_scale() {
  const std::int64_t every = adapting_interval(config_, run_.data->size()), now = trainer_.position().samples;
  if (now / every == decided_at_ / every) return std::nullopt;
  decided_at_ = now;
  const auto measured = trainer_.noise_scale();
  if (!measured || measured->measurements < kLeastMeasurements) return std::nullopt;
  double phi = measured->value.value_or(-1);
  communicator_.broadcast(std::as_writable_bytes(std::span(&phi, 1)));
  return phi < 0 ? std::nullopt : std::optional(phi);
}

std::vector<std::string> BatchChanges::follow_noise_scale() {
  const auto phi = decisive_noise_scale();
  if (!phi) return {};
  const std::int64_t from = trainer_.options().global_batch, to = adapted_batch(*run_.adaptive, from, *phi);
  if (to == from) return {};
  std::vector<std::string> lines = {reason_of_change(*run_.adaptive, from, to, *phi)};
  const ScaledRun before = scaled_to(from);
  followed_noise_scale_ = phi;
  for (const std::string& line : change(before, to)) lines.push_back(line);
  return lines;
}

std::vector<std::string> BatchChanges::change(const ScaledRun& before, std::int64_t to) {
  run_.scaling.run = scaled_to(to);
  const ScaledRun& after = run_.scaling.run;
  change_optimizer(before, after);
  change_statistics(after);
  trainer_.set_global_batch(to);
  begin_ramp(before.learning_rate_factor / after.learning_rate_factor);
  std::vector<std::string> lines = {text("from here on the global batch is ", to)};
  for (const std::string& line : explanation_of(run_.scaling)) lines.push_back(line);
  return lines;
}

void BatchChanges::change_optimizer(const ScaledRun& before, const ScaledRun& after) {
  Optimizer& optimizer = *run_.optimizer;
  FlatParameters& parameters = run_.model.parameters();
  const auto scaled = scaled_optimizer(*run_.scaling.base.optimizer, after, ScheduleSteps::kOfBaseBatch);
  if (!optimizer.options().schedule && before.hyper_parameters.learning_rate > 0) {
    // As far as it was reduced before (ReduceLROnPlateau).
    scaled->set_learning_rate(scaled->learning_rate() *
                              (optimizer.learning_rate() / before.hyper_parameters.learning_rate));
  }
  const StateFactors factors = state_factors(before, after, config_.scaling.state);
  const double kappa = static_cast<double>(after.batch) / static_cast<double>(before.batch);
  const std::int64_t iterations = converted_iterations(optimizer, factors, kappa);
  optimizer.take_hyper_parameters(*scaled, parameters);
  if (factors.reset) {
    optimizer.bind(parameters);
  } else {
    convert_state(optimizer, factors);
  }
  optimizer.set_iterations(iterations);
}

void BatchChanges::change_statistics(const ScaledRun& after) {
  for (double* momentum : run_.model.statistics_momenta()) {
    const auto base = base_momenta_.find(*momentum);
    KTRAIN_CHECK(base != base_momenta_.end(), *momentum);
    const double of_base = base->second;
    const auto& all = base_.batch_normalization_momentum;
    const auto index = static_cast<std::size_t>(std::ranges::find(all, of_base) - all.begin());
    *momentum = after.hyper_parameters.batch_normalization_momentum[index];
    base_momenta_[*momentum] = of_base;
  }
}

void BatchChanges::begin_ramp(double learning_rate_ratio) {
  ramp_begin_ = trainer_.position().samples;
  // One that falls need not be led.
  ramp_from_ = ramp_samples_ > 0 ? std::min(learning_rate_ratio, 1.0) : 1;
  run_.optimizer->set_learning_rate_factor(ramp_from_);
  // A velocity converted to its mean at the new rate is to have that at the rate where the ramp begins.
  if (config_.scaling.state == StateConversion::kMean)
    convert_state(*run_.optimizer, {.momentum = ramp_from_});
}

double BatchChanges::ramp_factor() const {
  const auto passed = static_cast<double>(trainer_.position().samples - ramp_begin_);
  if (ramp_from_ == 1 || passed >= static_cast<double>(ramp_samples_)) return 1;
  return ramp_from_ + (1 - ramp_from_) * passed / static_cast<double>(ramp_samples_);
}

double BatchChanges::gain_factor() const {
  const ScaledRun& run = run_.scaling.run;
  if (run.rule != "adascale" || config_.noise_scale || run.batch == run.base_batch) return 1;
  const auto measured = trainer_.noise_scale();
  if (!measured || !measured->value || measured->measurements < kLeastMeasurements) return 1;
  const auto base = static_cast<double>(run.base_batch), kappa = static_cast<double>(run.batch) / base;
  return adascale_gain(base, kappa, *measured->value) / run.learning_rate_factor;
}

void BatchChanges::follow_rates() {
  Optimizer& optimizer = *run_.optimizer;
  const double before = optimizer.learning_rate_factor(), now = ramp_factor() * gain_factor();
  if (now == before) return;
  if (config_.momentum_correction) convert_state(optimizer, {.momentum = now / before});
  optimizer.set_learning_rate_factor(now);
}

void BatchChanges::visit_state(StateVisitor& visitor) {
  double factor = run_.optimizer->learning_rate_factor();
  visitor.integer("batch/ramp_begin", ramp_begin_);
  visitor.number("batch/ramp_from", ramp_from_);
  visitor.number("batch/ramp_factor", factor);
  run_.optimizer->set_learning_rate_factor(factor);
  visitor.integer("batch/decided_at", decided_at_);
  visit_optional(visitor, "batch/noise_scale", followed_noise_scale_);
}

}  // namespace ktrain
