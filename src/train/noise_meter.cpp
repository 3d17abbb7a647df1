#include "train/noise_meter.h"

#include <algorithm>
#include <cmath>

#include "core/state_visitor.h"
#include "core/sum.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "parallel/batch_plan.h"

namespace ktrain {
namespace {

void require_same_step(Model& model, std::int64_t shard) {
  for (const auto& layer : model.layers()) {
    const auto refuse = [&](const char* why) {
      throw Error(ExitCode::kConfiguration, text("the noise scale cannot be measured with layer '",
                                                 layer->name(), "' (", layer->class_name(), "), ", why));
    };
    if (layer->has_local_statistics()) refuse("whose statistics are each worker's own");
    if (shard == 0 && !layer->states().empty()) {
      refuse("whose states stay with a worker, while samples move: say the shard's size");
    }
  }
}

/// |share·a + (1 - share)·b|²
double squared_norm_of_mean(const float* a, const float* b, double share, std::int64_t count) {
  constexpr std::int64_t kGrain = 16384;
  return piecewise_sum(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const double mean = share * static_cast<double>(a[i]) + (1 - share) * static_cast<double>(b[i]);
      sum += mean * mean;
    }
    return sum;
  });
}

}  // namespace

NoiseMeter::NoiseMeter(Communicator& control, Model& model, const TrainerOptions& options)
    : control_(control), model_(model), options_(options.noise), update_(options.update) {
  if (options_.every_samples > 0) require_same_step(model, options.shard);
}

std::int64_t NoiseMeter::begin_step(const StepStream& stream, const TrainingPosition& position) {
  rows_ = stream.batch_at(position.position);
  shard_ = stream.shard_at(position.epoch, position.position);
  measures_ = stream.measures_noise_at(position.epoch, position.position);
  latest_.reset();
  return shard_;
}

std::vector<double>* NoiseMeter::shard_norms() {
  return in_pieces() ? &shard_norms_ : nullptr;
}

void NoiseMeter::add(std::span<const float> gradients) {
  if (in_pieces()) {
    latest_ = estimate_from_pieces(gradients);
  } else if (measures_ || pending_rows_ > 0) {
    latest_ = estimate_from_pair(gradients);
  }
}

// Each number is one worker's, the others bring zeros: the sum is exact.
NoiseEstimate NoiseMeter::estimate_from_pieces(std::span<const float> gradients) {
  const BatchPlan plan(membership_of(control_), 0, rows_, shard_);
  norms_.assign(static_cast<std::size_t>(plan.shard_count()), 0.0);
  std::ranges::copy(shard_norms_, norms_.begin() + plan.own_shards().begin);
  control_.all_reduce(std::span(norms_));
  pieces_.resize(norms_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto samples = static_cast<double>(plan.shard(static_cast<std::int64_t>(i)).size());
    const double factor = static_cast<double>(rows_) / samples;
    pieces_[i] = {samples, factor * factor * norms_[i]};
  }
  return estimate_noise(pieces_, sum_of_squares(gradients)).value();
}

std::optional<NoiseEstimate> NoiseMeter::estimate_from_pair(std::span<const float> gradients) {
  const std::int64_t count = std::ssize(gradients);
  if (pending_rows_ == 0) {
    const std::size_t bytes = gradients.size_bytes();
    if (pending_.bytes() < bytes) pending_ = Buffer(bytes);
    std::ranges::copy(gradients, pending_.data<float>());
    return std::nullopt;
  }
  const auto before = static_cast<double>(pending_rows_), now = static_cast<double>(rows_);
  const float* first = pending_.data<float>();
  const GradientPiece pair[] = {{before, sum_of_squares({first, gradients.size()})},
                                {now, sum_of_squares(gradients)}};
  return estimate_noise(pair, squared_norm_of_mean(first, gradients.data(), before / (before + now), count));
}

std::optional<NoiseScale> NoiseMeter::end_step() {
  const bool began_pair = measures_ && !in_pieces() && !latest_;
  if (latest_) biased_ = update_ && !in_pieces();
  pending_rows_ = began_pair ? rows_ : 0;
  if (!latest_) return std::nullopt;
  average_.add(*latest_, options_.momentum);
  return noise_scale();
}

std::optional<NoiseScale> NoiseMeter::noise_scale() const {
  if (average_.count == 0 || options_.every_samples == 0) return std::nullopt;
  NoiseScale known;
  known.measurements = average_.count;
  known.square = average_.mean.square;
  known.trace = average_.mean.trace;
  known.biased = biased_;
  known.value = ktrain::noise_scale(average_.mean);
  if (const auto interval = noise_scale_interval(average_)) {
    known.low = interval->low;
    if (std::isfinite(interval->high)) known.high = interval->high;
  }
  return known;
}

// A run may begin or cease to measure when it goes on from a checkpoint.
void NoiseMeter::visit_state(StateVisitor& visitor) {
  std::int64_t every = options_.every_samples;
  visitor.integer("noise/every_samples", every);
  if (every == 0) return;
  visitor.integer("noise/count", average_.count);
  visitor.number("noise/square", average_.mean.square);
  visitor.number("noise/trace", average_.mean.trace);
  visitor.number("noise/square_spread", average_.square_spread);
  visitor.number("noise/trace_spread", average_.trace_spread);
  visitor.number("noise/common_spread", average_.common_spread);
  visitor.number("noise/squared_weights", average_.squared_weights);
  std::int64_t biased = biased_ ? 1 : 0;
  visitor.integer("noise/biased", biased);
  biased_ = biased == 1;
  visitor.integer("noise/pending_rows", pending_rows_);
  if (pending_rows_ == 0) return;
  const std::int64_t dims[] = {model_.parameters().trainable_count()};
  if (pending_.bytes() == 0) pending_ = Buffer(static_cast<std::size_t>(dims[0]) * sizeof(float));
  visitor.array("noise/pending", pending_.data(), DType::kFloat32, dims);
}

}  // namespace ktrain
