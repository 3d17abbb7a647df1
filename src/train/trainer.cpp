#include "ktrain/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "train/constrain.h"
#include "train/layer_states.h"
#include "train/local_statistics.h"
#include "train/noise_meter.h"
#include "train/nonfinite.h"
#include "train/penalty.h"
#include "train/reproducible.h"
#include "train/seed_backward.h"
#include "train/trainer_impl.h"

namespace ktrain {

/// README.md, "How one step works", is this in words: samples, forward, losses, backward with the gradients'
/// exchange under way, update, statistics.
const StepStatistics& Trainer::step() {
  Impl& self = *impl_;
  const std::int64_t global_rows = self.stream.batch_at(self.position.position);
  const Batch& batch = self.next_batch();
  if (self.options.reset_states && self.position.position == 0) reset_layer_states(self.model);

  const std::int64_t shard = self.noise.begin_step(self.stream, self.position);
  self.executor.forward(self.context(batch, global_rows), batch.rows(),
                        cut_of(membership_of(*self.control), global_rows, shard, self.options.reproducible),
                        self.binding.inputs(batch));
  self.add_group_sums(batch);
  self.add_sums(batch, global_rows);
  const auto sums_request =
      start_sum_over_ranks(*self.control, self.tree(), self.step_sums, self.shard_sums.count());
  const auto counts_request = self.control->all_reduce_start(
      self.rank_counts.data(), std::ssize(self.rank_counts), DType::kFloat64, ReduceOp::kSum);

  FlatParameters& parameters = self.model.parameters();
  self.reducer.begin_step(parameters.gradients(), self.tree(), parameters.gradient_stride());
  if (batch.rows() > 0 && !self.failure) {
    seed_backward(self.objective, self.executor, self.loss_inputs, global_rows, self.group_sums);
  }
  self.executor.backward(self.noise.shard_norms());
  self.reducer.finish();
  self.control->wait(sums_request);
  self.control->wait(counts_request);
  self.require_no_failure();
  self.exchange_seconds += self.reducer.exposed_seconds();

  const double loss = self.loss_of(self.step_sums, global_rows) + total_penalty(self.model);
  self.noise.add(parameters.gradients());
  add_penalty_gradients(self.model);
  const double gradient_norm =
      require_finite(*self.control, self.model,
                     {.step = self.position.step + 1, .loss = loss, .own_loss_finite = self.own_loss_finite});

  if (self.options.update) {
    self.optimizer.step(parameters, gradient_norm, self.schedule_iteration());
    apply_constraints(self.model);
    self.executor.end_step();
    average_local_statistics(*self.control, self.model, batch.rows(), global_rows);
    self.model.weights_changed();
  }
  self.finish_step(global_rows, loss, gradient_norm);
  if (self.epoch_ended) gather_states();
  return self.statistics;
}

Trainer::Impl::Impl(Communicator& g, Model& m, Optimizer& o, std::shared_ptr<const Dataset> samples,
                    const TrainerOptions& trainer_options)
    : model(m),
      optimizer(o),
      dataset(std::move(samples)),
      dataset_size(dataset->size()),
      options(trainer_options),
      objective(agree(g,
                      [&] {
                        return Objective(m, dataset->fields(), trainer_options.objective,
                                         {trainer_options.global_batch, trainer_options.class_weight});
                      })),
      binding(agree(g, [&] { return BatchBinding(m, dataset->fields()); })),
      buckets(g.duplicate()),
      control(g.duplicate()),
      order(sample_order(g, m, *dataset, options)),
      stream(dataset, order.sampler, membership_of(g),
             {.global_batch = options.global_batch,
              .shard = options.shard,
              .dtypes = binding.dtypes(),
              .noise_every = options.noise.every_samples}),
      trees(membership_of(g), options.reproducible ? options.shard : 0),
      reducer(*buckets, m.parameters().trainable_count(), {.bucket_bytes = options.bucket_bytes}),
      executor(m, {.group_sum = [this](std::vector<double>& rows,
                                       std::size_t count) { sum_over_ranks(*control, tree(), rows, count); },
                   .gradients_final = [this](Range range) { reducer.gradients_final(range); },
                   .progress = [this] { reducer.progress(); }}),
      shard_sums(objective, executor),
      noise(agree(g, [&] { return NoiseMeter(*control, m, options); })),
      state_batch(options.global_batch),
      loss_inputs(m.outputs().size()),
      group_sums(objective.group_sum_count()),
      epoch_sums(objective.sum_count()) {
  agree(g, [&] {
    if (options.reproducible) require_reproducible(m, options.shard);
  });
  no_rows.fields.resize(dataset->fields().size());
  place_gradients();
  optimizer.bind(model.parameters());
}

// A rank that cannot do its part still takes part in the step's exchanges, as one without samples does, and
// tells the others with the sums: they all end together, with one message.
const Batch& Trainer::Impl::next_batch() {
  if (std::exchange(in_step, true)) stream.seek(position.epoch, position.position);
  failure = nullptr;
  try {
    return *stream.next();
  } catch (const Error&) {
    failure = std::current_exception();
    return no_rows;
  }
}

void Trainer::Impl::place_gradients() {
  int planes = 1;
  const std::int64_t batch = options.global_batch;
  for (const std::int64_t samples :
       {stream.batch_at(0), dataset_size % batch, (dataset_size - position.position) % batch}) {
    const TreeShares* of_step = samples > 0 ? trees.of(samples) : nullptr;
    if (of_step != nullptr) planes = std::max(planes, of_step->most_planes());
  }
  FlatParameters& parameters = model.parameters();
  parameters.place_gradients(buckets->allocate(parameters.gradient_bytes(planes)));
}

double Trainer::Impl::loss_of(std::span<const double> sums, std::int64_t rows) const {
  return objective.loss(sums.first(objective.sum_count()), rows) +
         sums[objective.sum_count()] / static_cast<double>(rows);
}

void Trainer::Impl::require_no_failure() {
  if (rank_counts[0] == 0) return;
  agree(*control, [this] {
    if (failure) std::rethrow_exception(failure);
  });
}

StepContext Trainer::Impl::context(const Batch& batch, std::int64_t global_rows) const {
  return {.training = true,
          .seed = options.seed,
          .epoch = position.epoch,
          .first_position = batch.share.positions.begin,
          .step_position = position.position,
          .global_rows = global_rows,
          .weights_version = model.weights_version()};
}

double Trainer::Impl::schedule_iteration() const {
  const std::int64_t base = options.base_batch > 0 ? options.base_batch : options.global_batch;
  const std::int64_t steps_per_epoch = (dataset_size + base - 1) / base;
  return schedule_begin + static_cast<double>(position.epoch * steps_per_epoch) +
         static_cast<double>(position.position) / static_cast<double>(base);
}

// Only where the losses need more than the batch's size: a step without masks has one exchange less.
void Trainer::Impl::add_group_sums(const Batch& batch) {
  for (std::size_t i = 0; i < loss_inputs.size() && batch.rows() > 0; ++i) {
    loss_inputs[i] = loss_input(batch, objective.pairings()[i], executor, i, position.position);
  }
  if (batch.rows() > 0) objective.weigh_classes(loss_inputs);
  if (objective.group_sum_count() == 0) return;
  group_sums.assign(objective.group_sum_count(), 0.0);
  try {
    if (batch.rows() > 0) shard_sums.add_group_sums(loss_inputs, group_sums);
  } catch (const BadTarget& target) {
    failure = std::make_exception_ptr(stream.error_of(target));
  }
  sum_over_ranks(*control, tree(), group_sums, objective.group_sum_count());
  group_sums.resize(objective.group_sum_count());
}

void Trainer::Impl::add_sums(const Batch& batch, std::int64_t global_rows) {
  step_sums.assign(shard_sums.count(), 0.0);
  try {
    if (batch.rows() > 0 && !failure) shard_sums.add(loss_inputs, global_rows, group_sums, step_sums);
  } catch (const BadTarget& target) {
    failure = std::make_exception_ptr(stream.error_of(target));
  }
  own_loss_finite = batch.rows() == 0 || sums_are_finite(batch.rows());
  rank_counts = {failure ? 1.0 : 0.0, stop ? 1.0 : 0.0};
}

bool Trainer::Impl::sums_are_finite(std::int64_t rows) const {
  for (std::size_t at = 0; at < step_sums.size(); at += shard_sums.count()) {
    if (!std::isfinite(loss_of(std::span(step_sums).subspan(at, shard_sums.count()), rows))) return false;
  }
  return true;
}

void Trainer::Impl::finish_step(std::int64_t global_rows, double loss, double gradient_norm) {
  if (position.position == 0) {
    std::ranges::fill(epoch_sums, 0.0);
    epoch_loss = 0;
  }
  const std::span<const double> sums = std::span(step_sums).first(objective.sum_count());
  for (std::size_t i = 0; i < sums.size(); ++i) epoch_sums[i] += sums[i];
  epoch_loss += loss * static_cast<double>(global_rows);

  statistics.epoch = position.epoch;
  statistics.batch = global_rows;
  statistics.loss = loss;
  objective.metrics(sums, global_rows, statistics.metrics);
  statistics.gradient_norm = gradient_norm;
  statistics.noise = noise.end_step();
  statistics.stop_requested = rank_counts[1] > 0;
  state_batch = options.global_batch;
  position.position += global_rows;
  position.samples += global_rows;
  ++position.step;
  epoch_ended = position.position == dataset_size;
  if (epoch_ended) {
    ++position.epoch;
    position.position = 0;
  }
  statistics.after = position;
  in_step = false;
}

}  // namespace ktrain
