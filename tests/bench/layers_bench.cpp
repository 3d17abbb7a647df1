// Layers alone, one thread: forward, and forward with backward, with weights that change at every step as in
// training. The same rows from PyTorch: layers_pytorch.py. Look at the `_min` lines of the CPU column:
//   layers_bench --benchmark_repetitions=10 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/conv.h"
#include "ktrain/nn/layers/dense.h"
#include "ktrain/nn/layers/pooling.h"

namespace ktrain {
namespace {

struct Subject {
  std::string name;
  std::function<std::unique_ptr<Layer>()> make;
  Shape sample;
  bool input_gradient;
};

Tensor filled(const Shape& shape) {
  Tensor tensor(shape);
  std::int64_t i = 0;
  for (float& value : tensor.span<float>()) value = static_cast<float>(i++ % 17 - 8) / 16;
  return tensor;
}

/// One prepared layer with all its tensors.
class Rig {
 public:
  Rig(const Subject& subject, std::int64_t rows)
      : layer_(subject.make()), x_(filled(subject.sample.batched(rows))) {
    const Shape output = layer_->build(std::span(&subject.sample, 1)).front();
    y_ = Tensor(output.batched(rows));
    dy_ = filled(output.batched(rows));
    if (subject.input_gradient) dx_ = Tensor(x_.shape());
    std::vector<TensorView> values;
    for (const ParameterSpec& spec : layer_->parameter_specs()) {
      parameters_.push_back(filled(spec.shape));
      gradients_.emplace_back(spec.shape);
    }
    for (Tensor& parameter : parameters_) values.push_back(parameter.view());
    layer_->bind(std::move(values));
    kernel_ = layer_->prepare(rows, std::span(&subject.sample, 1), true, 0);
    in_ = x_.view();
    out_ = y_.view();
    const_out_ = out_;
    gradient_ = dy_.view();
    if (subject.input_gradient) input_gradient_ = dx_.view();
    for (Tensor& tensor : gradients_) parameter_gradients_.push_back(tensor.view());
  }

  void forward() {
    ++step_.weights_version;
    kernel_->forward({step_, std::span(&in_, 1), std::span(&out_, 1), {}});
  }
  void backward() {
    kernel_->backward({step_,
                       std::span(&in_, 1),
                       std::span(&const_out_, 1),
                       std::span(&gradient_, 1),
                       std::span(&input_gradient_, 1),
                       parameter_gradients_,
                       {},
                       {}});
  }

 private:
  std::unique_ptr<Layer> layer_;
  std::unique_ptr<LayerKernel> kernel_;
  StepContext step_{.training = true};
  Tensor x_, y_, dx_, dy_;
  std::vector<Tensor> parameters_, gradients_;
  ConstTensorView in_, const_out_, gradient_;
  TensorView out_, input_gradient_;
  std::vector<TensorView> parameter_gradients_;
};

Subject dense(std::int64_t in, std::int64_t units, bool input_gradient) {
  return {"dense " + std::to_string(in) + "->" + std::to_string(units),
          [=] { return make_dense("dense", {.units = units}); },
          {in},
          input_gradient};
}

Subject conv(std::int64_t size, std::int64_t in, std::int64_t filters, std::int64_t kernel,
             std::int64_t stride, Padding padding, bool input_gradient) {
  std::string name = "conv " + std::to_string(size) + " " + std::to_string(in) + "->" +
                     std::to_string(filters) + " k" + std::to_string(kernel) + " s" + std::to_string(stride);
  return {name,
          [=] {
            return make_conv2d("conv", {.filters = filters,
                                        .kernel_size = {kernel, kernel},
                                        .strides = {stride, stride},
                                        .padding = padding});
          },
          {size, size, in},
          input_gradient};
}

std::vector<Subject> subjects() {
  const auto same = Padding::kSame;
  return {dense(784, 512, false),
          dense(512, 256, true),
          dense(256, 10, true),
          dense(9216, 128, true),
          conv(28, 1, 32, 3, 1, Padding::kValid, false),
          conv(26, 32, 64, 3, 1, Padding::kValid, true),
          conv(32, 3, 16, 3, 1, same, false),
          conv(32, 16, 16, 3, 1, same, true),
          conv(32, 16, 32, 3, 2, same, true),
          conv(32, 16, 32, 1, 2, same, true),
          conv(16, 32, 32, 3, 1, same, true),
          conv(16, 32, 64, 3, 2, same, true),
          conv(8, 64, 64, 3, 1, same, true),
          {"maxpool 24 64", [] { return make_max_pooling2d("pool", {}); }, {24, 24, 64}, true}};
}

void measure(benchmark::State& state, const Subject& subject, std::int64_t rows, bool backward) {
  Rig rig(subject, rows);
  rig.forward();
  if (backward) rig.backward();
  for (auto _ : state) {
    rig.forward();
    if (backward) rig.backward();
  }
}

void register_all() {
  for (const std::int64_t rows : {32, 256}) {
    for (const Subject& subject : subjects()) {
      for (const bool backward : {false, true}) {
        const std::string name =
            subject.name + " N" + std::to_string(rows) + (backward ? " forward+backward" : " forward");
        benchmark::RegisterBenchmark(
            name.c_str(), [=](benchmark::State& state) { measure(state, subject, rows, backward); })
            ->Unit(benchmark::kMillisecond)
            ->MinTime(0.05)
            ->ComputeStatistics("min", [](const std::vector<double>& v) { return std::ranges::min(v); });
      }
    }
  }
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  ktrain::set_thread_count(1);
  ktrain::register_all();
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
