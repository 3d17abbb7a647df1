#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain::testing {

/// One layer with one input, driven as an executor would: built, bound to variables, run forward and
/// backward.
class LayerRun {
 public:
  /// The variables are filled with numbers of a fixed, uneven pattern within [-0.5, 0.5].
  LayerRun(std::unique_ptr<Layer> layer, const Shape& sample);

  const Shape& output_sample() const { return output_sample_; }
  Layer& layer() { return *layer_; }
  Tensor& parameter(std::size_t index) { return parameters_[index]; }

  struct Result {
    Tensor output;
    Tensor input_gradient;
    std::vector<Tensor> parameter_gradients;
  };
  Tensor forward(const Tensor& input);
  /// Forward, then backward from `output_gradient`; every gradient's memory holds NaN before.
  Result run(const Tensor& input, const Tensor& output_gradient);
  /// Backward with the input's gradient, or the parameters', not wanted.
  Result run_partly(const Tensor& input, const Tensor& output_gradient, bool want_input,
                    bool want_parameters);

 private:
  LayerKernel& kernel(std::int64_t rows);

  std::unique_ptr<Layer> layer_;
  Shape sample_;
  Shape output_sample_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<LayerKernel> kernel_;
  std::int64_t kernel_rows_ = 0;
  StepContext step_;
};

/// (rows, sample…) filled with numbers of a fixed pattern within [-1, 1]; another `seed`, other numbers.
Tensor pattern(const Shape& shape, std::uint64_t seed);

/// max |a - b| / max(max |b|, 1e-3).
double difference(std::span<const float> a, std::span<const double> b);
double difference(std::span<const float> a, std::span<const float> b);

}  // namespace ktrain::testing
