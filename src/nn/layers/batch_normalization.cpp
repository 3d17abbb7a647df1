#include "nn/layers/batch_normalization_layer.h"

#include <algorithm>
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
}

std::vector<Shape> BatchNormalization::build(std::span<const Shape> inputs) {
  const Shape& input = single_input(*this, inputs);
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
  declare({"moving_mean", shape, false, or_else(o.moving_mean_initializer, "zeros"), {}});
  declare({"moving_variance", shape, false, or_else(o.moving_variance_initializer, "ones"), {}});
  set_built();
  return {input};
}

std::unique_ptr<LayerKernel> BatchNormalization::prepare(std::int64_t rows, std::span<const Shape> inputs,
                                                         bool training, std::uint32_t call) {
  std::shared_ptr<LocalSums> local;
  if (is_local() && training && trainable()) {
    const auto count = static_cast<std::size_t>(1 + 2 * channels_);
    local = std::make_shared<LocalSums>(LocalSums{call, false, std::vector<double>(count)});
    local_.push_back(local);
  }
  auto kernel =
      make_batch_normalization_kernel(*this, rows * inputs[0].elements(), channels_, std::move(local));
  const int axis = sample_axis(*this, options_.axis, inputs[0]);
  if (axis == inputs[0].rank() - 1) return kernel;
  return make_channels_last_kernel(std::move(kernel), rows, inputs[0], axis);
}

void BatchNormalization::end_step(const StepContext& step, std::span<const double> forward_group_sums) {
  if (!uses_batch_statistics(step)) return;
  if (!is_local()) return update_moving_statistics(Moments(forward_group_sums));
  take_local_sums();
  // A rank without rows has nothing to add.
  if (total_[0] > 0) update_moving_statistics(Moments(total_));
}

void BatchNormalization::update_moving_statistics(const Moments& batch) {
  const std::span<float> mean = variable(moving_mean_index());
  const std::span<float> variance = variable(moving_mean_index() + 1);
  const double kept = options_.momentum;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    mean[c] = static_cast<float>(mean[c] * kept + batch.mean(c) * (1 - kept));
    variance[c] = static_cast<float>(variance[c] * kept + batch.variance(c) * (1 - kept));
  }
}

// The sums of one call: the first whose kernels ran in this step and were not taken yet.
void BatchNormalization::take_local_sums() {
  const LocalSums* first = nullptr;
  for (const auto& local : local_) {
    if (local->fresh && (first == nullptr || local->call < first->call)) first = local.get();
  }
  total_.assign(static_cast<std::size_t>(1 + 2 * channels_), 0.0);
  for (const auto& local : local_) {
    if (first == nullptr || !local->fresh || local->call != first->call) continue;
    std::ranges::transform(total_, local->sums, total_.begin(), std::plus());
    local->fresh = false;
  }
}

std::unique_ptr<Layer> make_batch_normalization(const std::string& name,
                                                const BatchNormalizationOptions& options, bool trainable) {
  return std::make_unique<BatchNormalization>(name, options, trainable);
}

}  // namespace ktrain
