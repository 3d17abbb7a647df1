#include <algorithm>
#include <utility>

#include "nn/layers/batch_normalization_layer.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

/// Works in float64 on sums and coefficients, in float32 on elements: a pass over memory for the sums, one
/// for the result, forward and backward.
class BatchNormalizationKernel final : public LayerKernel {
 public:
  BatchNormalizationKernel(const BatchNormalization& layer, std::int64_t elements, std::int64_t channels,
                           std::shared_ptr<LocalSums> local)
      : layer_(layer),
        elements_(elements),
        channels_(static_cast<std::size_t>(channels)),
        local_(std::move(local)),
        sums_(elements, channels),
        affine_(channels),
        mean_(channels_),
        inverse_(channels_),
        gradient_sums_(2 * channels_) {}

  void forward_sums(const Forward& call, std::span<double> sums) override {
    const float* x = call.inputs[0].data<float>();
    sums[0] = static_cast<double>(elements_) / static_cast<double>(channels_);
    sums_.compute(x, x, sums.subspan(1, channels_), sums.subspan(1 + channels_));
  }

  void forward(const Forward& call) override {
    if (!layer_.uses_batch_statistics(call.step)) {
      take_moving_statistics();
    } else if (local_ != nullptr) {
      forward_sums(call, local_->sums);
      local_->fresh = true;
      take(Moments(local_->sums));
    } else {
      take(Moments(call.group_sums));
    }
    for (std::size_t c = 0; c < channels_; ++c) {
      const double scale = layer_.gamma(c) * inverse_[c];
      const auto shift = static_cast<float>(mean_[c]);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>(layer_.beta(c) + (shift - mean_[c]) * scale)});
    }
    affine_.apply(call.inputs[0].data<float>(), call.outputs[0].data<float>(), elements_);
  }

  /// (sums of dy (C), sums of dy (x - mean) / deviation (C)).
  void backward_sums(const Backward& call, std::span<double> sums) override {
    sum_gradients(call);
    std::ranges::copy(gradient_sums_, sums.begin());
  }

  void backward(const Backward& call) override {
    const TensorView dgamma = layer_.gamma_gradient(call.parameter_gradients);
    const TensorView dbeta = layer_.beta_gradient(call.parameter_gradients);
    const bool batch = layer_.uses_batch_statistics(call.step);
    const bool summed = batch && local_ == nullptr;
    if (!summed && (batch || !dgamma.empty() || !dbeta.empty())) sum_gradients(call);
    write_sums(std::span(gradient_sums_).first(channels_), dbeta);
    write_sums(std::span(gradient_sums_).subspan(channels_), dgamma);
    if (call.input_gradients[0].empty()) return;
    if (batch) {
      differentiate_normalization(call, summed ? call.group_sums : std::span<const double>(gradient_sums_));
    } else {
      differentiate_affine(call);
    }
  }

 private:
  void take(const Moments& moments) {
    count_ = moments.count();
    for (std::size_t c = 0; c < channels_; ++c) {
      mean_[c] = moments.mean(c);
      inverse_[c] = layer_.inverse_deviation(moments.variance(c));
    }
  }

  void take_moving_statistics() {
    for (std::size_t c = 0; c < channels_; ++c) {
      mean_[c] = layer_.moving_mean(c);
      inverse_[c] = layer_.inverse_deviation(layer_.moving_variance(c));
    }
  }

  void sum_gradients(const Backward& call) {
    const std::span<double> dy = std::span(gradient_sums_).first(channels_);
    const std::span<double> dy_x = std::span(gradient_sums_).subspan(channels_);
    sums_.compute(call.output_gradients[0].data<float>(), call.inputs[0].data<float>(), dy, dy_x);
    for (std::size_t c = 0; c < channels_; ++c) dy_x[c] = (dy_x[c] - mean_[c] * dy[c]) * inverse_[c];
  }

  static void write_sums(std::span<const double> sums, const TensorView& gradient) {
    if (gradient.empty()) return;
    std::ranges::transform(sums, gradient.data<float>(), [](double sum) { return static_cast<float>(sum); });
  }

  // With n = (x - mean) inverse: dx = gamma inverse (dy - sum(dy) / N - n sum(dy n) / N).
  void differentiate_normalization(const Backward& call, std::span<const double> sums) {
    for (std::size_t c = 0; c < channels_; ++c) {
      const double gain = layer_.gamma(c) * inverse_[c];
      const double scale = -gain * inverse_[c] * sums[channels_ + c] / count_;
      const auto shift = static_cast<float>(mean_[c]);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>((shift - mean_[c]) * scale - gain * sums[c] / count_),
                   .gain = static_cast<float>(gain)});
    }
    affine_.apply(call.inputs[0].data<float>(), call.output_gradients[0].data<float>(),
                  call.input_gradients[0].data<float>(), elements_);
  }

  void differentiate_affine(const Backward& call) {
    for (std::size_t c = 0; c < channels_; ++c) {
      affine_.set(static_cast<std::int64_t>(c), {.scale = static_cast<float>(layer_.gamma(c) * inverse_[c])});
    }
    affine_.apply(call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>(), elements_);
  }

  const BatchNormalization& layer_;
  std::int64_t elements_;
  std::size_t channels_;
  std::shared_ptr<LocalSums> local_;
  ChannelSums sums_;
  ChannelAffine affine_;
  // Of the latest forward.
  double count_ = 0;
  std::vector<double> mean_;
  std::vector<double> inverse_;
  std::vector<double> gradient_sums_;  ///< of these rows alone
};

}  // namespace

std::unique_ptr<LayerKernel> make_batch_normalization_kernel(const BatchNormalization& layer,
                                                             std::int64_t elements, std::int64_t channels,
                                                             std::shared_ptr<LocalSums> local) {
  return std::make_unique<BatchNormalizationKernel>(layer, elements, channels, std::move(local));
}

}  // namespace ktrain
