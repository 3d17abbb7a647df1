#include <utility>

#include "core/state_visitor.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "parallel/replica_check.h"
#include "train/broadcast_state.h"
#include "train/layer_states.h"
#include "train/trainer_impl.h"
#include "train/visit_same.h"
#include "train/visit_variables.h"

namespace ktrain {

Trainer::Trainer(Communicator& communicator, Model& model, Optimizer& optimizer,
                 std::shared_ptr<const Dataset> dataset, const TrainerOptions& options)
    : impl_(std::make_unique<Impl>(communicator, model, optimizer, std::move(dataset), options)) {
  broadcast_state();
}

Trainer::~Trainer() = default;

const TrainingPosition& Trainer::position() const {
  return impl_->position;
}
const TrainerOptions& Trainer::options() const {
  return impl_->options;
}
bool Trainer::at_epoch_end() const {
  return impl_->epoch_ended;
}
void Trainer::request_stop() {
  impl_->stop = true;
}
double Trainer::data_seconds() const {
  return impl_->stream.waited_seconds();
}
double Trainer::exchange_seconds() const {
  return impl_->exchange_seconds;
}
std::vector<std::int64_t> Trainer::latest_indices() const {
  return impl_->stream.latest_indices();
}
const std::string& Trainer::stratification() const {
  return impl_->order.note;
}

const EpochStatistics& Trainer::epoch_statistics() const {
  const std::int64_t seen = impl_->epoch_ended ? impl_->dataset_size : impl_->position.position;
  impl_->epoch_statistics.loss = seen == 0 ? 0 : impl_->epoch_loss / static_cast<double>(seen);
  impl_->objective.metrics(impl_->epoch_sums, seen, impl_->epoch_statistics.metrics);
  return impl_->epoch_statistics;
}

std::optional<NoiseScale> Trainer::noise_scale() const {
  return impl_->noise.noise_scale();
}

std::int64_t Trainer::state_batch() const {
  return impl_->state_batch;
}

void Trainer::set_global_batch(std::int64_t samples) {
  Impl& self = *impl_;
  if (samples == self.options.global_batch) return;
  agree(*self.control, [&] {
    require_whole_batches(self.model, {.global_batch = samples, .samples = self.dataset_size});
    self.objective = Objective(self.model, self.dataset->fields(), self.options.objective,
                               {samples, self.options.class_weight});
  });
  self.options.global_batch = samples;
  self.stream.set_global_batch(samples);
  self.place_gradients();
  self.stream.seek(self.position.epoch, self.position.position);
}

void Trainer::begin_schedule_at(double steps) {
  impl_->schedule_begin = steps;
}

void Trainer::finalize() {
  impl_->optimizer.finalize(impl_->model.parameters());
  impl_->model.weights_changed();
}

std::int64_t Trainer::steps_per_epoch() const {
  return (impl_->dataset_size + impl_->options.global_batch - 1) / impl_->options.global_batch;
}

void Trainer::check_replicas(const std::string& when) {
  ktrain::check_replicas(*impl_->control, impl_->model.parameters(), when);
}

void Trainer::gather_states() {
  gather_layer_states(*impl_->control, impl_->model, impl_->options.global_batch, impl_->options.shard);
}

void Trainer::visit_state(StateVisitor& visitor) {
  Impl& self = *impl_;
  visit_same(visitor, "seed", static_cast<std::int64_t>(self.options.seed));
  visit_same(visitor, "shuffle", self.options.shuffle ? 1 : 0);
  visit_same(visitor, "stratify", static_cast<std::int64_t>(self.options.stratify));
  if (self.options.any_state_batch) {
    visitor.integer("global_batch", self.state_batch);
  } else {
    visit_same(visitor, "global_batch", self.options.global_batch);
  }
  visit_same(visitor, "dataset_samples", self.dataset_size);
  visit_same(visitor, "reproducible_shard", self.options.reproducible ? self.options.shard : 0);
  visit_variables(visitor, self.model.parameters());
  visit_layer_states(visitor, self.model);
  self.optimizer.visit_state(visitor);
  visitor.integer("position/epoch", self.position.epoch);
  visitor.integer("position/position", self.position.position);
  visitor.integer("position/step", self.position.step);
  visitor.integer("position/samples", self.position.samples);
  visitor.number("position/schedule_begin", self.schedule_begin);
  visitor.number("epoch/loss", self.epoch_loss);
  const std::int64_t dims[] = {static_cast<std::int64_t>(self.epoch_sums.size())};
  visitor.array("epoch/sums", self.epoch_sums.data(), DType::kFloat64, dims);
  self.noise.visit_state(visitor);
}

void Trainer::broadcast_state() {
  ktrain::broadcast_state(*impl_->control, [this](StateVisitor& visitor) { visit_state(visitor); });
  impl_->model.weights_changed();
  impl_->stream.seek(impl_->position.epoch, impl_->position.position);
}

}  // namespace ktrain
