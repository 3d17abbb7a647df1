#include <algorithm>
#include <utility>

#include "core/parallel.h"
#include "nn/layers/batch_normalization_layer.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

/// Works in float64 on sums and coefficients, in float32 on elements: a pass over memory for the sums, one
/// for the result, forward and backward.
class BatchNormalizationKernel final : public LayerKernel {
 public:
  BatchNormalizationKernel(const BatchNormalization& layer, std::int64_t elements, std::int64_t channels,
                           std::shared_ptr<LocalSums> local, std::vector<std::int64_t> mask_places)
      : layer_(layer),
        elements_(elements),
        channels_(static_cast<std::size_t>(channels)),
        local_(std::move(local)),
        mask_places_(std::move(mask_places)),
        sums_(elements, channels),
        affine_(channels),
        mean_(channels_),
        inverse_(channels_),
        count_(channels_),
        gain_(channels_),
        corrections_(channels_),
        gradient_sums_(2 * channels_) {
    if (!layer.is_masked()) return;
    weights_ = Tensor(Shape{elements});
    weighted_ = Tensor(Shape{elements});
  }

  void forward_sums(const Forward& call, std::span<double> sums) override {
    const float* x = call.inputs[0].data<float>();
    if (layer_.is_masked()) return masked_sums(x, call.inputs[1], sums);
    sums[0] = static_cast<double>(elements_) / static_cast<double>(channels_);
    sums_.compute(x, x, sums.subspan(1, channels_), sums.subspan(1 + channels_));
  }

  void forward(const Forward& call) override {
    if (!layer_.uses_batch_statistics(call.step)) {
      take_moving_statistics();
    } else if (local_ != nullptr) {
      forward_sums(call, local_->sums);
      local_->fresh = true;
      take(Moments(local_->sums, layer_.is_masked()));
    } else {
      take(Moments(call.group_sums, layer_.is_masked()));
    }
    for (std::size_t c = 0; c < channels_; ++c) {
      gain_[c] = layer_.gamma(c) * corrections_[c].r;
      const double scale = gain_[c] * inverse_[c];
      const double beta = layer_.beta(c) + layer_.gamma(c) * corrections_[c].d;
      const auto shift = static_cast<float>(mean_[c]);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>(beta + (shift - mean_[c]) * scale)});
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
    write_gamma_gradient(dgamma);
    if (call.input_gradients[0].empty()) return;
    if (batch) {
      differentiate_normalization(call, summed ? call.group_sums : std::span<const double>(gradient_sums_));
    } else {
      differentiate_affine(call);
    }
  }

 private:
  void masked_sums(const float* x, const ConstTensorView& mask, std::span<double> sums) {
    const auto places = static_cast<std::int64_t>(mask_places_.size());
    const std::int64_t rows = elements_ / places, mask_size = mask.elements() / rows;
    float* weights = weights_.span<float>().data();
    float* weighted = weighted_.span<float>().data();
    parallel_for(rows, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const float* own = mask.data<float>() + row * mask_size;
        for (std::int64_t i = 0; i < places; ++i) {
          const bool counts = own[mask_places_[static_cast<std::size_t>(i)]] != 0;
          weights[row * places + i] = counts ? 1.0F : 0.0F;
          weighted[row * places + i] = counts ? x[row * places + i] : 0.0F;
        }
      }
    });
    const std::span<double> of_x = sums.subspan(channels_, channels_);
    sums_.compute(weights, weighted, sums.first(channels_), of_x);
    sums_.compute(weighted, weighted, of_x, sums.subspan(2 * channels_));
  }

  void take(const Moments& moments) {
    for (std::size_t c = 0; c < channels_; ++c) {
      count_[c] = moments.count(c);
      mean_[c] = moments.mean(c);
      inverse_[c] = layer_.inverse_deviation(moments.variance(c));
      corrections_[c] = layer_.correction(c, mean_[c], moments.variance(c));
    }
  }

  void take_moving_statistics() {
    for (std::size_t c = 0; c < channels_; ++c) {
      mean_[c] = layer_.moving_mean(c);
      inverse_[c] = layer_.inverse_deviation(layer_.moving_variance(c));
      corrections_[c] = {};
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

  void write_gamma_gradient(const TensorView& gradient) const {
    if (gradient.empty()) return;
    for (std::size_t c = 0; c < channels_; ++c) {
      const double sum =
          gradient_sums_[channels_ + c] * corrections_[c].r + gradient_sums_[c] * corrections_[c].d;
      gradient.data<float>()[c] = static_cast<float>(sum);
    }
  }

  // With n = (x - mean) inverse: dx = gamma inverse (dy - sum(dy) / N - n sum(dy n) / N).
  void differentiate_normalization(const Backward& call, std::span<const double> sums) {
    for (std::size_t c = 0; c < channels_; ++c) {
      const double gain = gain_[c] * inverse_[c];
      const double scale = -gain * inverse_[c] * sums[channels_ + c] / count_[c];
      const auto shift = static_cast<float>(mean_[c]);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>((shift - mean_[c]) * scale - gain * sums[c] / count_[c]),
                   .gain = static_cast<float>(gain)});
    }
    affine_.apply(call.inputs[0].data<float>(), call.output_gradients[0].data<float>(),
                  call.input_gradients[0].data<float>(), elements_);
    if (layer_.is_masked()) differentiate_masked(call);
  }

  /// What the statistics were not taken of.
  void differentiate_masked(const Backward& call) {
    const float* dy = call.output_gradients[0].data<float>();
    const float* weights = weights_.span<float>().data();
    float* dx = call.input_gradients[0].data<float>();
    const auto channels = static_cast<std::int64_t>(channels_);
    parallel_for(elements_ / channels, 1 << 10, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin * channels; i < end * channels; ++i) {
        const auto c = static_cast<std::size_t>(i % channels);
        if (weights[i] == 0) dx[i] = static_cast<float>(gain_[c] * inverse_[c] * double{dy[i]});
      }
    });
  }

  void differentiate_affine(const Backward& call) {
    for (std::size_t c = 0; c < channels_; ++c) {
      affine_.set(static_cast<std::int64_t>(c), {.scale = static_cast<float>(gain_[c] * inverse_[c])});
    }
    affine_.apply(call.output_gradients[0].data<float>(), call.input_gradients[0].data<float>(), elements_);
  }

  const BatchNormalization& layer_;
  std::int64_t elements_;
  std::size_t channels_;
  std::shared_ptr<LocalSums> local_;
  std::vector<std::int64_t> mask_places_;
  ChannelSums sums_;
  ChannelAffine affine_;
  // Of the latest forward.
  std::vector<double> mean_;
  std::vector<double> inverse_;
  std::vector<double> count_;
  std::vector<double> gain_;  ///< gamma r
  std::vector<BatchNormalization::Correction> corrections_;
  std::vector<double> gradient_sums_;  ///< of these rows alone
  Tensor weights_;                     ///< ones where the mask has a one
  Tensor weighted_;                    ///< x there, else 0
};

}  // namespace

std::unique_ptr<LayerKernel> make_batch_normalization_kernel(const BatchNormalization& layer,
                                                             std::int64_t elements, std::int64_t channels,
                                                             std::shared_ptr<LocalSums> local,
                                                             std::vector<std::int64_t> mask_places) {
  return std::make_unique<BatchNormalizationKernel>(layer, elements, channels, std::move(local),
                                                    std::move(mask_places));
}

}  // namespace ktrain
