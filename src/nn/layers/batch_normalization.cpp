#include "nn/layers/batch_normalization_layer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "nn/layers/build_checks.h"
#include "nn/layers/channels_last_kernel.h"
#include "nn/refuse.h"

namespace ktrain {

BatchNormalization::BatchNormalization(const std::string& name, const BatchNormalizationOptions& options,
                                       bool trainable)
    : Layer(name, "BatchNormalization", trainable), options_(options) {
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    refuse(*this, "momentum ", options.momentum, " is not in [0, 1]");
  }
  if (!(options.epsilon >= 0)) refuse(*this, "epsilon ", options.epsilon, " is negative");
  if (options.ghost_samples < 0) refuse(*this, "groups of ", options.ghost_samples, " samples");
  if (options.ghost_samples > 0 && is_local()) refuse(*this, "local statistics have no groups of samples");
  if (!options.renorm) return;
  if (options.ghost_samples > 0) {
    refuse(*this, "renorm with statistics of ", options.ghost_samples, " samples each is not supported");
  }
  if (!(options.renorm->momentum >= 0 && options.renorm->momentum <= 1)) {
    refuse(*this, "renorm_momentum ", options.renorm->momentum, " is not in [0, 1]");
  }
  if (options.renorm->rmin > options.renorm->rmax && options.renorm->rmax) {
    refuse(*this, "renorm_clipping: rmin is above rmax");
  }
  if (options.renorm->dmax.value_or(0) < 0) refuse(*this, "renorm_clipping: dmax is negative");
}

namespace {

/// The square roots of what another initializer gives: deviations of its variances.
class Deviations final : public Initializer {
 public:
  explicit Deviations(std::shared_ptr<const Initializer> variances) : variances_(std::move(variances)) {}
  void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const override {
    variances_->fill(shape, values, random);
    for (float& value : values) value = std::sqrt(value);
  }

 private:
  std::shared_ptr<const Initializer> variances_;
};

}  // namespace

std::vector<Shape> BatchNormalization::build(std::span<const Shape> inputs) {
  const Shape& input =
      single_input(*this, inputs.first(is_masked() && inputs.size() == 2 ? 1 : inputs.size()));
  if (is_masked()) require_mask(inputs);
  const std::int64_t channels = input[sample_axis(*this, options_.axis, input)];
  if (built() && channels != channels_) {
    refuse(*this, "was built for ", channels_, " channels, not samples of shape ", input);
  }
  channels_ = channels;
  const auto or_else = [](const std::shared_ptr<const Initializer>& given, const char* name) {
    return given != nullptr ? given : make_initializer(name);
  };
  const Shape shape{channels_};
  const BatchNormalizationOptions& o = options_;
  if (o.scale)
    declare({"gamma",
             shape,
             true,
             or_else(o.gamma_initializer, "ones"),
             o.gamma_regularizer,
             {},
             o.gamma_constraint});
  if (o.center)
    declare({"beta",
             shape,
             true,
             or_else(o.beta_initializer, "zeros"),
             o.beta_regularizer,
             {},
             o.beta_constraint});
  const auto means = or_else(o.moving_mean_initializer, "zeros");
  const auto variances = or_else(o.moving_variance_initializer, "ones");
  declare({"moving_mean", shape, false, means, {}});
  declare({"moving_variance", shape, false, variances, {}});
  if (o.renorm) {
    declare({"moving_stddev", shape, false, std::make_shared<Deviations>(variances), {}});
    declare({"renorm_mean", shape, false, means, {}});
    declare({"renorm_stddev", shape, false, std::make_shared<Deviations>(variances), {}});
  }
  set_built();
  return {input};
}

void BatchNormalization::require_mask(std::span<const Shape> inputs) const {
  const Shape& input = inputs[0];
  const bool fits = inputs.size() == 2 && input.rank() > 0 &&
                    inputs[1].batched(input[-1]).elements() == input.elements() &&
                    inputs[1].rank() == input.rank() - 1;
  if (!fits) refuse(*this, "takes samples of shape ", input, " with a mask of their axes but the last");
}

namespace {

/// A mask has an element for each place of the axes but the last; the elements of a sample come in their
/// order with the channels, which are on `axis`, at the back.
std::vector<std::int64_t> mask_places(const Shape& sample, int axis) {
  const std::int64_t last = sample[-1], channels = sample[axis];
  std::int64_t inner = 1;
  for (int i = axis + 1; i < sample.rank(); ++i) inner *= sample[i];
  std::vector<std::int64_t> places;
  for (std::int64_t outer = 0; outer < sample.elements() / channels / inner; ++outer) {
    for (std::int64_t i = 0; i < inner; ++i) {
      for (std::int64_t c = 0; c < channels; ++c)
        places.push_back(((outer * channels + c) * inner + i) / last);
    }
  }
  return places;
}

}  // namespace

std::unique_ptr<LayerKernel> BatchNormalization::prepare(std::int64_t rows, std::span<const Shape> inputs,
                                                         bool training, std::uint32_t call) {
  std::shared_ptr<LocalSums> local;
  if (is_local() && training && trainable()) {
    const auto count = static_cast<std::size_t>(sum_count());
    local = std::make_shared<LocalSums>(LocalSums{call, false, std::vector<double>(count)});
    local_.push_back(local);
  }
  const int axis = sample_axis(*this, options_.axis, inputs[0]);
  auto kernel = make_batch_normalization_kernel(
      *this,
      {rows, inputs[0].elements(), channels_,
       is_masked() ? mask_places(inputs[0], axis) : std::vector<std::int64_t>()},
      std::move(local));
  if (axis == inputs[0].rank() - 1) return kernel;
  return make_channels_last_kernel(std::move(kernel), rows, inputs[0], std::span(&axis, 1));
}

void BatchNormalization::end_step(const StepContext& step, std::span<const double> forward_group_sums) {
  if (!uses_batch_statistics(step)) return;
  if (step.recalibration) return gather(forward_group_sums, step.global_rows);
  if (!is_local()) return update_moving_statistics(forward_group_sums);
  if (take_local_sums()) update_moving_statistics(total_);
}

BatchNormalization::StepMoments BatchNormalization::merge(std::span<const double> table,
                                                          std::size_t c) const {
  const std::size_t groups = table.size() / static_cast<std::size_t>(sum_count());
  double count = 0;
  for (std::size_t g = 0; g < groups; ++g) count += moments_of(table, g).count(c);
  StepMoments merged;
  for (std::size_t g = 0; g < groups; ++g) {
    const Moments of_group = moments_of(table, g);
    const double weight = of_group.count(c) / count;
    merged.mean += of_group.mean(c) * weight;
    merged.variance += of_group.variance(c) * weight;
  }
  return merged;
}

void BatchNormalization::update_moving_statistics(std::span<const double> table) {
  const std::span<float> mean = variable(moving_mean_index());
  const std::span<float> variance = variable(moving_mean_index() + 1);
  const double kept = options_.momentum;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const StepMoments batch = merge(table, c);
    mean[c] = static_cast<float>(mean[c] * kept + batch.mean * (1 - kept));
    variance[c] = static_cast<float>(variance[c] * kept + batch.variance * (1 - kept));
    if (options_.renorm) update_renormalization(c, batch);
  }
}

void BatchNormalization::update_renormalization(std::size_t c, const StepMoments& batch) {
  const std::size_t first = moving_mean_index() + 2;
  const std::span<float> stddev = variable(first), mean = variable(first + 1), own = variable(first + 2);
  const auto move = [](float& value, double kept, double to) {
    value = static_cast<float>(value * kept + to * (1 - kept));
  };
  const double deviation = 1 / inverse_deviation(batch.variance);
  move(stddev[c], options_.momentum, deviation);
  move(mean[c], options_.renorm->momentum, batch.mean);
  move(own[c], options_.renorm->momentum, deviation);
  const double square = double{stddev[c]} * double{stddev[c]};
  variable(first - 1)[c] = static_cast<float>(std::max(square - options_.epsilon, 0.0));
}

void BatchNormalization::gather(std::span<const double> table, std::int64_t rows) {
  const auto channels = static_cast<std::size_t>(channels_);
  const auto weight = static_cast<double>(rows);
  gathered_.resize(3 * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const StepMoments batch = merge(table, c);
    gathered_[c] += weight * batch.mean;
    gathered_[channels + c] += weight * batch.variance;
    gathered_[2 * channels + c] += weight / inverse_deviation(batch.variance);
  }
  gathered_rows_ += weight;
}

void BatchNormalization::end_recalibration() {
  if (gathered_rows_ == 0) return;
  const std::size_t channels = gathered_.size() / 3, first = moving_mean_index();
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = gathered_[c] / gathered_rows_,
                 deviation = gathered_[2 * channels + c] / gathered_rows_;
    variable(first)[c] = static_cast<float>(mean);
    variable(first + 1)[c] = static_cast<float>(gathered_[channels + c] / gathered_rows_);
    if (!options_.renorm) continue;
    variable(first + 1)[c] = static_cast<float>(std::max(deviation * deviation - options_.epsilon, 0.0));
    variable(first + 2)[c] = variable(first + 4)[c] = static_cast<float>(deviation);
    variable(first + 3)[c] = static_cast<float>(mean);
  }
  gathered_.clear();
  gathered_rows_ = 0;
}

BatchNormalization::Correction BatchNormalization::correction(std::size_t c, double mean,
                                                              double variance) const {
  if (!options_.renorm) return {};
  const std::size_t first = moving_mean_index() + 2;
  const double stddev = std::max(double{variable(first + 2)[c]}, std::sqrt(options_.epsilon));
  Correction correction{1 / inverse_deviation(variance) / stddev,
                        (mean - double{variable(first + 1)[c]}) / stddev};
  const auto& limits = *options_.renorm;
  if (limits.rmin) correction.r = std::max(correction.r, *limits.rmin);
  if (limits.rmax) correction.r = std::min(correction.r, *limits.rmax);
  if (limits.dmax) correction.d = std::clamp(correction.d, -*limits.dmax, *limits.dmax);
  return correction;
}

// The sums of one call: the first whose kernels ran in this step and were not taken yet.
bool BatchNormalization::take_local_sums() {
  const LocalSums* first = nullptr;
  for (const auto& local : local_) {
    if (local->fresh && (first == nullptr || local->call < first->call)) first = local.get();
  }
  total_.assign(static_cast<std::size_t>(sum_count()), 0.0);
  for (const auto& local : local_) {
    if (first == nullptr || !local->fresh || local->call != first->call) continue;
    std::ranges::transform(total_, local->sums, total_.begin(), std::plus());
    local->fresh = false;
  }
  return first != nullptr;
}

std::unique_ptr<Layer> make_batch_normalization(const std::string& name,
                                                const BatchNormalizationOptions& options, bool trainable) {
  return std::make_unique<BatchNormalization>(name, options, trainable);
}

}  // namespace ktrain
