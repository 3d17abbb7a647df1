#include <algorithm>
#include <utility>

#include "core/parallel.h"
#include "nn/layers/batch_normalization_layer.h"
#include "ops/channels.h"

namespace ktrain {
namespace {

/// Consecutive rows whose statistics are one group's, and what the latest forward made of them.
struct Part {
  explicit Part(std::size_t channels)
      : mean(channels),
        inverse(channels),
        count(channels),
        gain(channels),
        corrections(channels),
        gradient_sums(2 * channels) {}

  std::size_t group = 0;
  Range elements;
  std::vector<double> mean;
  std::vector<double> inverse;
  std::vector<double> count;
  std::vector<double> gain;  ///< gamma r
  std::vector<BatchNormalization::Correction> corrections;
  std::vector<double> gradient_sums;  ///< of these rows alone
};

/// Works in float64 on sums and coefficients, in float32 on elements: a pass over memory for the sums, one
/// for the result, forward and backward.
class BatchNormalizationKernel final : public LayerKernel {
 public:
  BatchNormalizationKernel(const BatchNormalization& layer, BatchNormalizationArrays arrays,
                           std::shared_ptr<LocalSums> local)
      : layer_(layer),
        arrays_(std::move(arrays)),
        channels_(static_cast<std::size_t>(arrays_.channels)),
        local_(std::move(local)),
        sums_(arrays_.rows * arrays_.elements, arrays_.channels),
        affine_(arrays_.channels),
        all_parts_(static_cast<std::size_t>(layer.most_groups_of(arrays_.rows)), Part(channels_)) {
    if (!layer.is_masked()) return;
    weights_ = Tensor(Shape{arrays_.rows * arrays_.elements});
    weighted_ = Tensor(weights_.shape());
  }

  void forward_sums(const Forward& call, std::span<double> sums) override {
    cut(call.step);
    const float* x = call.inputs[0].data<float>();
    if (layer_.is_masked()) apply_mask(x, call.inputs[1]);
    std::ranges::fill(sums, 0.0);
    const auto columns = static_cast<std::size_t>(layer_.sum_count());
    for (const Part& part : parts()) sum(x, part.elements, sums.subspan(part.group * columns, columns));
  }

  void forward(const Forward& call) override {
    cut(call.step);
    if (local_ != nullptr) {
      forward_sums(call, local_->sums);
      local_->fresh = true;
    }
    const std::span<const double> sums = local_ != nullptr ? local_->sums : call.group_sums;
    for (Part& part : parts()) {
      if (layer_.uses_batch_statistics(call.step)) {
        take(layer_.moments_of(sums, part.group), part);
      } else {
        take_moving_statistics(part);
      }
      normalize(call, part);
    }
  }

  /// For each group (sums of dy (C), sums of dy (x - mean) / deviation (C)).
  void backward_sums(const Backward& call, std::span<double> sums) override {
    std::ranges::fill(sums, 0.0);
    for (Part& part : parts()) {
      sum_gradients(call, part);
      std::ranges::copy(part.gradient_sums, of_group(sums, part).begin());
    }
  }

  void backward(const Backward& call) override {
    const TensorView dgamma = layer_.gamma_gradient(call.parameter_gradients);
    const TensorView dbeta = layer_.beta_gradient(call.parameter_gradients);
    const bool batch = layer_.uses_batch_statistics(call.step);
    const bool summed = batch && local_ == nullptr;
    if (!summed && (batch || !dgamma.empty() || !dbeta.empty())) {
      for (Part& part : parts()) sum_gradients(call, part);
    }
    write_gradients(dgamma, dbeta);
    if (call.input_gradients[0].empty()) return;
    for (const Part& part : parts()) {
      if (batch) {
        differentiate_normalization(
            call, part,
            summed ? of_group(call.group_sums, part) : std::span<const double>(part.gradient_sums));
      } else {
        differentiate_affine(call, part);
      }
    }
  }

 private:
  std::span<Part> parts() { return std::span(all_parts_).first(part_count_); }

  /// Cuts the rows where a group of the step ends.
  void cut(const StepContext& step) {
    const std::int64_t samples = layer_.uses_batch_statistics(step) ? layer_.group_samples(step) : 0;
    const std::int64_t first = step.first_position - step.step_position;
    part_count_ = 0;
    for (std::int64_t row = 0; row < arrays_.rows;) {
      Part& part = all_parts_[part_count_++];
      const std::int64_t group = samples == 0 ? 0 : (first + row) / samples;
      const std::int64_t end =
          samples == 0 ? arrays_.rows : std::min(arrays_.rows, (group + 1) * samples - first);
      part.group = static_cast<std::size_t>(group);
      part.elements = {row * arrays_.elements, end * arrays_.elements};
      row = end;
    }
  }

  /// Of a table with a row of backward sums for each group.
  template <typename Number>
  std::span<Number> of_group(std::span<Number> table, const Part& part) const {
    return table.subspan(part.group * 2 * channels_, 2 * channels_);
  }

  void apply_mask(const float* x, const ConstTensorView& mask) {
    const auto places = arrays_.elements;
    const std::int64_t mask_size = mask.elements() / arrays_.rows;
    float* weights = weights_.span<float>().data();
    float* weighted = weighted_.span<float>().data();
    parallel_for(arrays_.rows, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const float* own = mask.data<float>() + row * mask_size;
        for (std::int64_t i = 0; i < places; ++i) {
          const bool counts = own[arrays_.mask_places[static_cast<std::size_t>(i)]] != 0;
          weights[row * places + i] = counts ? 1.0F : 0.0F;
          weighted[row * places + i] = counts ? x[row * places + i] : 0.0F;
        }
      }
    });
  }

  /// The forward sums of some elements.
  void sum(const float* x, Range elements, std::span<double> sums) {
    const std::int64_t begin = elements.begin, count = elements.size();
    if (!layer_.is_masked()) {
      sums[0] = static_cast<double>(count) / static_cast<double>(channels_);
      sums_.compute(x + begin, x + begin, count, sums.subspan(1, channels_), sums.subspan(1 + channels_));
      return;
    }
    const float* weights = weights_.span<float>().data() + begin;
    const float* weighted = weighted_.span<float>().data() + begin;
    const std::span<double> of_x = sums.subspan(channels_, channels_);
    sums_.compute(weights, weighted, count, sums.first(channels_), of_x);
    sums_.compute(weighted, weighted, count, of_x, sums.subspan(2 * channels_));
  }

  void take(const Moments& moments, Part& part) const {
    for (std::size_t c = 0; c < channels_; ++c) {
      part.count[c] = moments.count(c);
      part.mean[c] = moments.mean(c);
      part.inverse[c] = layer_.inverse_deviation(moments.variance(c));
      part.corrections[c] = layer_.correction(c, part.mean[c], moments.variance(c));
    }
  }

  void take_moving_statistics(Part& part) const {
    for (std::size_t c = 0; c < channels_; ++c) {
      part.mean[c] = layer_.moving_mean(c);
      part.inverse[c] = layer_.inverse_deviation(layer_.moving_variance(c));
      part.corrections[c] = {};
    }
  }

  void normalize(const Forward& call, Part& part) {
    for (std::size_t c = 0; c < channels_; ++c) {
      part.gain[c] = layer_.gamma(c) * part.corrections[c].r;
      const double scale = part.gain[c] * part.inverse[c];
      const double beta = layer_.beta(c) + layer_.gamma(c) * part.corrections[c].d;
      const auto shift = static_cast<float>(part.mean[c]);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>(beta + (shift - part.mean[c]) * scale)});
    }
    const std::int64_t begin = part.elements.begin;
    affine_.apply(call.inputs[0].data<float>() + begin, call.outputs[0].data<float>() + begin,
                  part.elements.size());
  }

  void sum_gradients(const Backward& call, Part& part) {
    const std::span<double> dy = std::span(part.gradient_sums).first(channels_);
    const std::span<double> dy_x = std::span(part.gradient_sums).subspan(channels_);
    const std::int64_t begin = part.elements.begin;
    sums_.compute(call.output_gradients[0].data<float>() + begin, call.inputs[0].data<float>() + begin,
                  part.elements.size(), dy, dy_x);
    for (std::size_t c = 0; c < channels_; ++c) dy_x[c] = (dy_x[c] - part.mean[c] * dy[c]) * part.inverse[c];
  }

  void write_gradients(const TensorView& dgamma, const TensorView& dbeta) {
    for (std::size_t c = 0; c < channels_; ++c) {
      double of_gamma = 0, of_beta = 0;
      for (const Part& part : parts()) {
        const BatchNormalization::Correction& correction = part.corrections[c];
        of_gamma += part.gradient_sums[channels_ + c] * correction.r + part.gradient_sums[c] * correction.d;
        of_beta += part.gradient_sums[c];
      }
      if (!dgamma.empty()) dgamma.data<float>()[c] = static_cast<float>(of_gamma);
      if (!dbeta.empty()) dbeta.data<float>()[c] = static_cast<float>(of_beta);
    }
  }

  // With n = (x - mean) inverse: dx = gamma inverse (dy - sum(dy) / N - n sum(dy n) / N).
  void differentiate_normalization(const Backward& call, const Part& part, std::span<const double> sums) {
    for (std::size_t c = 0; c < channels_; ++c) {
      const double gain = part.gain[c] * part.inverse[c], mean = part.mean[c];
      const double scale = -gain * part.inverse[c] * sums[channels_ + c] / part.count[c];
      const auto shift = static_cast<float>(mean);
      affine_.set(static_cast<std::int64_t>(c),
                  {.shift = shift,
                   .scale = static_cast<float>(scale),
                   .offset = static_cast<float>((shift - mean) * scale - gain * sums[c] / part.count[c]),
                   .gain = static_cast<float>(gain)});
    }
    const std::int64_t begin = part.elements.begin;
    affine_.apply(call.inputs[0].data<float>() + begin, call.output_gradients[0].data<float>() + begin,
                  call.input_gradients[0].data<float>() + begin, part.elements.size());
    if (layer_.is_masked()) differentiate_masked(call, part);
  }

  /// What the statistics were not taken of.
  void differentiate_masked(const Backward& call, const Part& part) {
    const float* dy = call.output_gradients[0].data<float>();
    const float* weights = weights_.span<float>().data();
    float* dx = call.input_gradients[0].data<float>();
    const std::int64_t channels = arrays_.channels, first = part.elements.begin;
    parallel_for(part.elements.size() / channels, 1 << 10, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = first + begin * channels; i < first + end * channels; ++i) {
        const auto c = static_cast<std::size_t>(i % channels);
        if (weights[i] == 0) dx[i] = static_cast<float>(part.gain[c] * part.inverse[c] * double{dy[i]});
      }
    });
  }

  void differentiate_affine(const Backward& call, const Part& part) {
    for (std::size_t c = 0; c < channels_; ++c) {
      affine_.set(static_cast<std::int64_t>(c),
                  {.scale = static_cast<float>(part.gain[c] * part.inverse[c])});
    }
    const std::int64_t begin = part.elements.begin;
    affine_.apply(call.output_gradients[0].data<float>() + begin,
                  call.input_gradients[0].data<float>() + begin, part.elements.size());
  }

  const BatchNormalization& layer_;
  BatchNormalizationArrays arrays_;
  std::size_t channels_;
  std::shared_ptr<LocalSums> local_;
  ChannelSums sums_;
  ChannelAffine affine_;
  std::vector<Part> all_parts_;  ///< room for as many as there can be
  std::size_t part_count_ = 0;
  Tensor weights_;   ///< ones where the mask has a one
  Tensor weighted_;  ///< x there, else 0
};

}  // namespace

std::unique_ptr<LayerKernel> make_batch_normalization_kernel(const BatchNormalization& layer,
                                                             BatchNormalizationArrays arrays,
                                                             std::shared_ptr<LocalSums> local) {
  return std::make_unique<BatchNormalizationKernel>(layer, std::move(arrays), std::move(local));
}

}  // namespace ktrain
