#include "train/step_stream.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "parallel/batch_plan.h"
#include "train/reproducible.h"

namespace ktrain {

StepStream::StepStream(std::shared_ptr<const Dataset> dataset, const Sampler& sampler, Membership membership,
                       const Options& options)
    : dataset_(std::move(dataset)), sampler_(sampler), membership_(membership), options_(options) {}

void StepStream::seek(std::int64_t epoch, std::int64_t position) {
  planned_epoch_ = epoch;
  planned_position_ = position;
  pipeline_.reset();
  pipeline_.emplace(
      dataset_, sampler_, [this] { return plan_next(); }, PipelineOptions{.dtypes = options_.dtypes});
}

const Batch* StepStream::next() {
  if (!pipeline_) seek(0, 0);
  const double before = pipeline_->waited_seconds();
  const Batch* batch = pipeline_->next();
  waited_seconds_ += pipeline_->waited_seconds() - before;
  if (batch != nullptr) latest_ = batch->share;
  return batch;
}

std::int64_t StepStream::batch_at(std::int64_t position) const {
  return std::min(options_.global_batch, dataset_->size() - position);
}

bool StepStream::measures_noise_at(std::int64_t epoch, std::int64_t position) const {
  const std::int64_t every = options_.noise_every, batch = batch_at(position);
  if (every == 0 || batch < batch_at(0)) return false;
  const std::int64_t samples = epoch * dataset_->size() + position;
  return (samples + every - 1) / every * every < samples + batch;
}

std::int64_t StepStream::shard_at(std::int64_t epoch, std::int64_t position) const {
  if (options_.shard > 0 || !measures_noise_at(epoch, position)) return options_.shard;
  return default_shard(batch_at(position));
}

std::optional<Share> StepStream::plan_next() {
  if (planned_position_ == dataset_->size()) {
    if (!options_.repeat) return std::nullopt;
    ++planned_epoch_;
    planned_position_ = 0;
  }
  const std::int64_t batch = batch_at(planned_position_);
  const std::int64_t shard = shard_at(planned_epoch_, planned_position_);
  const Range own = BatchPlan(membership_, planned_position_, batch, shard).own_share();
  planned_position_ += batch;
  return Share{planned_epoch_, own};
}

std::vector<std::int64_t> StepStream::latest_indices() const {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(latest_.rows()));
  sampler_.indices(latest_.epoch, latest_.positions.begin, indices);
  return indices;
}

Error StepStream::error_of(const BadTarget& target) const {
  const std::int64_t sample = latest_indices()[static_cast<std::size_t>(target.row())];
  return {target.code(), text(dataset_->name(), ": sample ", sample, ": ", target.reason())};
}

}  // namespace ktrain
