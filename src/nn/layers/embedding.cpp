#include "ktrain/nn/layers/embedding.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"
#include "ops/map.h"

namespace ktrain {
namespace {

constexpr std::int64_t kMostRows = 1 << 24;

class EmbeddingKernel final : public LayerKernel {
 public:
  EmbeddingKernel(const Layer& layer, const EmbeddingOptions& options, std::int64_t indices)
      : layer_(layer),
        input_dim_(options.input_dim),
        output_dim_(options.output_dim),
        indices_(static_cast<std::size_t>(indices)) {}

  void forward(const Forward& call) override {
    take_indices(call.inputs[0].span<float>());
    const float* table = layer_.parameters()[0].data<float>();
    float* y = call.outputs[0].data<float>();
    parallel_for(std::ssize(indices_), kCheapGrain / output_dim_,
                 [=, this](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     std::copy_n(table + row(i) * output_dim_, output_dim_, y + i * output_dim_);
                   }
                 });
  }

  // Each thread adds to rows of its own, all in the order of the indices.
  void backward(const Backward& call) override {
    if (call.parameter_gradients[0].empty()) return;
    const float* dy = call.output_gradients[0].data<float>();
    float* gradient = call.parameter_gradients[0].data<float>();
    const std::int64_t work = input_dim_ + std::ssize(indices_);
    parallel_for(input_dim_, std::max<std::int64_t>(1, input_dim_ * kCheapGrain / (work * output_dim_)),
                 [=, this](std::int64_t begin, std::int64_t end) {
                   std::fill(gradient + begin * output_dim_, gradient + end * output_dim_, 0.0F);
                   for (std::int64_t i = 0; i < std::ssize(indices_); ++i) {
                     if (row(i) < begin || row(i) >= end) continue;
                     float* to = gradient + row(i) * output_dim_;
                     map_range(to, dy + i * output_dim_, to, output_dim_,
                               [](float a, float b) { return a + b; });
                   }
                 });
  }

 private:
  std::int64_t row(std::int64_t i) const { return indices_[static_cast<std::size_t>(i)]; }

  void take_indices(std::span<const float> x) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool fits = x[i] >= 0 && x[i] < static_cast<float>(input_dim_) && x[i] == std::floor(x[i]);
      if (!fits) {
        throw Error(ExitCode::kData, text("layer '", layer_.name(), "' (Embedding): ", x[i],
                                          " is no index into its ", input_dim_, " rows"));
      }
      indices_[i] = static_cast<std::int32_t>(x[i]);
    }
  }

  const Layer& layer_;
  std::int64_t input_dim_;
  std::int64_t output_dim_;
  std::vector<std::int32_t> indices_;  ///< of the latest forward
};

class Embedding final : public Layer {
 public:
  Embedding(const std::string& name, const EmbeddingOptions& options, bool trainable)
      : Layer(name, "Embedding", trainable), options_(options) {
    if (options.input_dim < 1 || options.input_dim > kMostRows) {
      refuse(*this, "input_dim ", options.input_dim, " is not in 1 to ", kMostRows);
    }
    if (options.output_dim < 1) refuse(*this, "output_dim must be at least 1, not ", options.output_dim);
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    if (input.rank() > Shape::kMaxRank - 2) refuse(*this, "samples of shape ", input, " have too many axes");
    declare({.name = "embeddings",
             .shape = {options_.input_dim, options_.output_dim},
             .initializer = options_.embeddings_initializer ? options_.embeddings_initializer
                                                            : make_initializer("RandomUniform"),
             .regularizer = options_.embeddings_regularizer,
             .constraint = options_.embeddings_constraint});
    set_built();
    std::vector<std::int64_t> output(input.dims().begin(), input.dims().end());
    output.push_back(options_.output_dim);
    return {Shape(output)};
  }
  bool is_differentiable() const override { return false; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool,
                                       std::uint32_t) override {
    return std::make_unique<EmbeddingKernel>(*this, options_, rows * inputs[0].elements());
  }

 private:
  EmbeddingOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_embedding(const std::string& name, const EmbeddingOptions& options,
                                      bool trainable) {
  return std::make_unique<Embedding>(name, options, trainable);
}

}  // namespace ktrain
