#include "ktrain/nn/layers/spectral_normalization.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "nn/refuse.h"

namespace ktrain {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

void normalize(std::span<double> x) {
  const double squares = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  const double factor = std::min(1 / std::sqrt(squares), 1 / kEpsilon);
  for (double& value : x) value *= factor;
}

/// Hands on everything but the gradients, whose order is the wrapped layer's.
class SpectralKernel final : public LayerKernel {
 public:
  SpectralKernel(std::unique_ptr<LayerKernel> kernel, std::vector<std::size_t> order)
      : kernel_(std::move(kernel)), order_(std::move(order)) {}

  void forward(const Forward& call) override { kernel_->forward(call); }
  void backward(const Backward& call) override {
    gradients_.clear();
    for (const std::size_t place : order_) gradients_.push_back(call.parameter_gradients[place]);
    kernel_->backward({call.step,
                       call.inputs,
                       call.outputs,
                       call.output_gradients,
                       call.input_gradients,
                       gradients_,
                       {},
                       {}});
  }

 private:
  std::unique_ptr<LayerKernel> kernel_;
  std::vector<std::size_t> order_;
  std::vector<TensorView> gradients_;
};

class SpectralNormalization final : public Layer {
 public:
  SpectralNormalization(const std::string& name, std::unique_ptr<Layer> layer, std::int64_t power_iterations,
                        bool trainable)
      : Layer(name, "SpectralNormalization", trainable),
        layer_(std::move(layer)),
        power_iterations_(power_iterations) {
    if (power_iterations < 1) refuse(*this, "power_iterations must be at least 1, not ", power_iterations);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    std::vector<Shape> outputs = layer_->build(inputs);
    if (layer_->forward_sum_count({.training = true}) > 0)
      refuse(*this, "cannot hold ", layer_->class_name());
    if (!built()) declare_variables();
    set_built();
    return outputs;
  }

  void bind(std::vector<TensorView> parameters) override {
    std::vector<TensorView> own;
    for (const std::size_t place : order_) own.push_back(parameters[place]);
    layer_->bind(std::move(own));
    Layer::bind(std::move(parameters));
  }

  bool is_differentiable() const override { return layer_->is_differentiable(); }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    if (call > 0) refuse(*this, "is shared by several calls, which is not supported");
    return std::make_unique<SpectralKernel>(layer_->prepare(rows, inputs, training, call), order_);
  }

  bool begin_step() override {
    const std::span<float> kernel = parameters()[0].span<float>();
    if (std::ranges::all_of(kernel, [](float w) { return w == 0; })) return false;
    const std::span<float> vector_u = parameters()[1].span<float>();
    u_.assign(vector_u.begin(), vector_u.end());
    v_.resize(kernel.size() / u_.size());
    for (std::int64_t i = 0; i < power_iterations_; ++i) iterate(kernel);
    double sigma = 0;
    for (std::size_t r = 0; r < v_.size(); ++r) sigma += v_[r] * row_times_u(kernel, r);
    for (float& w : kernel) w = static_cast<float>(double{w} / sigma);
    std::ranges::transform(u_, vector_u.begin(), [](double value) { return static_cast<float>(value); });
    return true;
  }

 private:
  double row_times_u(std::span<const float> kernel, std::size_t row) const {
    const float* w = kernel.data() + row * u_.size();
    return std::inner_product(u_.begin(), u_.end(), w, 0.0);
  }

  void iterate(std::span<const float> kernel) {
    for (std::size_t r = 0; r < v_.size(); ++r) v_[r] = row_times_u(kernel, r);
    normalize(v_);
    std::ranges::fill(u_, 0.0);
    for (std::size_t r = 0; r < v_.size(); ++r) {
      const float* w = kernel.data() + r * u_.size();
      for (std::size_t c = 0; c < u_.size(); ++c) u_[c] += v_[r] * double{w[c]};
    }
    normalize(u_);
  }

  void declare_variables() {
    const auto specs = layer_->parameter_specs();
    const auto kernel = std::ranges::find_if(
        specs, [](const ParameterSpec& spec) { return spec.name == "kernel" || spec.name == "embeddings"; });
    if (kernel == specs.end()) {
      refuse(*this, layer_->class_name(), " has neither a kernel nor embeddings");
    }
    const auto first = static_cast<std::size_t>(kernel - specs.begin());
    order_.resize(specs.size());
    ParameterSpec divided = within(*kernel);
    divided.copied_to = "";
    declare(std::move(divided));
    InitializerOptions options;
    options.stddev = 0.02;
    declare(
        {"vector_u", Shape{1, kernel->shape[-1]}, false, make_initializer("truncated_normal", options), {}});
    std::size_t place = 2;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      order_[i] = i == first ? 0 : place++;
      if (i != first) declare(within(specs[i]));
    }
  }

  ParameterSpec within(ParameterSpec spec) const {
    spec.name = layer_->name() + "/" + spec.name;
    spec.object = spec.object.empty() ? "layer" : "layer/" + spec.object;
    return spec;
  }

  std::unique_ptr<Layer> layer_;
  std::int64_t power_iterations_;
  std::vector<std::size_t> order_;  ///< of the layer's variables among this layer's
  std::vector<double> u_, v_;       ///< of the step that begins
};

}  // namespace

std::unique_ptr<Layer> make_spectral_normalization(const std::string& name, std::unique_ptr<Layer> layer,
                                                   std::int64_t power_iterations, bool trainable) {
  return std::make_unique<SpectralNormalization>(name, std::move(layer), power_iterations, trainable);
}

}  // namespace ktrain
