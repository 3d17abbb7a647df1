#include "nn/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

struct Ones final : Initializer {
  void fill(const Shape&, std::span<float> values, const RandomStream&) const override {
    std::ranges::fill(values, 1.0F);
  }
};

/// y = w·x with one variable w, or y = w·(x - mean of x over the group) when `centered`.
class Scale final : public Layer {
 public:
  explicit Scale(const std::string& name, bool centered = false, bool trainable = true)
      : Layer(name, "Scale", trainable), centered_(centered) {}
  std::vector<Shape> build(std::span<const Shape> inputs) override {
    declare({"w", Shape{1}, true, std::make_shared<Ones>(), {}});
    set_built();
    return {inputs[0]};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override;
  std::int64_t forward_sum_count(const StepContext&) const override { return centered_ ? 2 : 0; }
  std::int64_t backward_sum_count(const StepContext&) const override { return centered_ ? 1 : 0; }
  void end_step(const StepContext&, std::span<const double> sums) override {
    sums_ = {sums.begin(), sums.end()};
  }
  float w() const { return parameters()[0].data<float>()[0]; }
  std::vector<double> sums_;

 private:
  bool centered_;
};

struct ScaleKernel final : LayerKernel {
  explicit ScaleKernel(const Scale& scale) : layer(scale) {}
  void forward_sums(const Forward& call, std::span<double> sums) override {
    const auto x = call.inputs[0].span<float>();
    sums[0] = static_cast<double>(x.size());
    sums[1] = std::accumulate(x.begin(), x.end(), 0.0);
  }
  void forward(const Forward& call) override {
    const auto x = call.inputs[0].span<float>();
    const auto y = call.outputs[0].span<float>();
    mean = call.group_sums.empty() ? 0 : static_cast<float>(call.group_sums[1] / call.group_sums[0]);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = layer.w() * (x[i] - mean);
  }
  void backward_sums(const Backward& call, std::span<double> sums) override {
    const auto dy = call.output_gradients[0].span<float>();
    sums[0] = std::accumulate(dy.begin(), dy.end(), 0.0);
  }
  void backward(const Backward& call) override {
    const auto x = call.inputs[0].span<float>();
    const auto dy = call.output_gradients[0].span<float>();
    const float dy_mean =
        call.group_sums.empty() ? 0 : static_cast<float>(call.group_sums[0] / call.forward_group_sums[0]);
    float dw = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      dw += dy[i] * (x[i] - mean);
      if (!call.input_gradients[0].empty())
        call.input_gradients[0].span<float>()[i] = layer.w() * (dy[i] - dy_mean);
    }
    if (!call.parameter_gradients[0].empty()) call.parameter_gradients[0].span<float>()[0] = dw;
  }
  const Scale& layer;
  float mean = 0;
};

std::unique_ptr<LayerKernel> Scale::prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) {
  return std::make_unique<ScaleKernel>(*this);
}

/// The sum of its inputs; hands gradients through, or (when `own_backward`) computes them like any layer.
class Sum final : public Layer {
 public:
  Sum(const std::string& name, bool own_backward) : Layer(name, "Sum"), own_backward_(own_backward) {}
  std::vector<Shape> build(std::span<const Shape> inputs) override { return {inputs[0]}; }
  bool passes_gradient_through() const override { return !own_backward_; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    struct Kernel final : LayerKernel {
      void forward(const Forward& call) override {
        for (std::int64_t i = 0; i < call.outputs[0].elements(); ++i) {
          float sum = 0;
          for (const auto& input : call.inputs) sum += input.data<float>()[i];
          call.outputs[0].data<float>()[i] = sum;
        }
      }
      void backward(const Backward& call) override {
        for (const auto& gradient : call.input_gradients) {
          if (!gradient.empty())
            std::ranges::copy(call.output_gradients[0].span<float>(), gradient.data<float>());
        }
      }
    };
    return std::make_unique<Kernel>();
  }

 private:
  bool own_backward_;
};

class View final : public Layer {
 public:
  explicit View(const std::string& name) : Layer(name, "View") {}
  std::vector<Shape> build(std::span<const Shape> inputs) override { return {Shape{inputs[0].elements()}}; }
  bool passes_through(bool) const override { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return nullptr;
  }
};

constexpr std::int64_t kRows = 6;

struct Result {
  std::vector<float> gradients;
  std::vector<float> output;
  std::vector<double> statistics;
  std::int64_t announced = 0;
};

/// x -> a -> view -> (b, b again after c, d) -> sum of four; d is centered. Loss = Σ weight_i · y_i.
Result run(bool own_backward, std::int64_t rows, const ShardCut& cut, std::int64_t first_row = 0) {
  Model model;
  const auto x = model.add_input("x", Shape{1, 2});
  const auto a = model.then(std::make_unique<Scale>("a"), x);
  const auto view = model.then(std::make_unique<View>("view"), a);
  const auto b = model.add_layer(std::make_unique<Scale>("b"));
  const auto b1 = model.call(b, std::array{view}).front();
  const auto c = model.then(std::make_unique<Scale>("c"), view);
  const auto b2 = model.call(b, std::array{c}).front();
  const auto d = model.then(std::make_unique<Scale>("d", true), view);
  const auto sum = model.add_layer(std::make_unique<Sum>("sum", own_backward));
  model.set_outputs(model.call(sum, std::array{b1, b2, d, view}));
  model.finish(0);
  const std::array weights{2.0F, 3.0F, 5.0F, 7.0F};
  std::ranges::copy(weights, model.parameters().values().begin());

  Result result;
  ExecutorHooks hooks;
  hooks.group_sum = [](std::vector<double>& sums, std::size_t count) {
    for (std::size_t i = count; i < sums.size(); ++i) sums[i % count] += sums[i];
  };
  hooks.gradients_final = [&](Range range) { result.announced += range.size(); };
  model.parameters().place_gradients(
      Buffer(static_cast<std::size_t>(model.parameters().gradient_bytes(kRows))));
  Executor executor(model, hooks);
  Tensor input(Shape{rows, 1, 2});
  for (std::int64_t i = 0; i < 2 * rows; ++i) input.span<float>()[i] = static_cast<float>(i + 2 * first_row);
  const ConstTensorView inputs[] = {input.view()};
  for (int repeat = 0; repeat < 2; ++repeat) {
    result.announced = 0;
    executor.forward({.training = true}, rows, cut, inputs);
    const auto out = executor.output(0).span<float>();
    result.output.assign(out.begin(), out.end());
    const auto dy = executor.output_gradient(0).span<float>();
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = static_cast<float>(i % 3);
    executor.backward();
    executor.end_step();
  }
  for (std::size_t plane = 0; plane < std::max<std::size_t>(executor.summation().left.size(), 1); ++plane) {
    const auto gradients = model.parameters().gradients(plane);
    result.gradients.insert(result.gradients.end(), gradients.begin(), gradients.end());
  }
  result.statistics = dynamic_cast<const Scale&>(*model.layers()[4]).sums_;
  return result;
}

TEST(Executor, BranchesSharedLayersAndGroupSums) {
  // y = a·x·b + a·x·c·b + d·a·(x - mean x) + a·x with (a, b, c, d) = (2, 3, 5, 7).
  double mean_dy = 0, x_dy = 0, mean_x = 0;
  for (int i = 0; i < 12; ++i) {
    mean_x += i / 12.0;
    mean_dy += (i % 3) / 12.0;
    x_dy += i * (i % 3);
  }
  const double centered = x_dy - 12 * mean_x * mean_dy;
  const double da = 3 * x_dy + 15 * x_dy + 7 * centered + x_dy;
  const double db = 2 * x_dy + 10 * x_dy, dc = 2 * 3 * x_dy, dd = 2 * centered;
  for (const bool own_backward : {false, true}) {
    for (const std::int64_t shard : {0, 1, 2, 4, 6}) {
      const Result r = run(own_backward, kRows, {.size = shard});
      EXPECT_EQ(r.announced, 4);
      EXPECT_FLOAT_EQ(r.gradients[0], static_cast<float>(da)) << shard;
      EXPECT_FLOAT_EQ(r.gradients[1], static_cast<float>(db)) << shard;
      EXPECT_FLOAT_EQ(r.gradients[2], static_cast<float>(dc)) << shard;
      EXPECT_FLOAT_EQ(r.gradients[3], static_cast<float>(dd)) << shard;
      for (int i = 0; i < 12; ++i) {
        EXPECT_FLOAT_EQ(r.output[i], static_cast<float>(6 * i + 30 * i + 14 * (i - mean_x) + 2 * i));
      }
      EXPECT_EQ(r.statistics, (std::vector<double>{12, 2 * 66}));
    }
  }
}

// Six shards of the middle of 16: [5, 6), [6, 8), [8, 11) is [8, 10) and [10, 11).
TEST(Executor, LeavesAPlaneOfGradientsForEachSubtree) {
  const Result whole = run(false, kRows, {.size = 1});
  const Result r = run(false, kRows, {.size = 1, .first = 5, .leaves = 16});
  ASSERT_EQ(r.gradients.size(), 4 * 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    float sum = 0;
    for (std::size_t plane = 0; plane < 4; ++plane) sum += r.gradients[4 * plane + i];
    EXPECT_FLOAT_EQ(sum, whole.gradients[i]) << i;
  }
  EXPECT_FLOAT_EQ(r.gradients[1], 2 * 1 + 10 * 1);  // x·dy of row 0 is 1
}

TEST(Executor, ARankWithoutRowsAnnouncesZeroGradients) {
  const Result r = run(false, 0, {});
  EXPECT_EQ(r.announced, 4);
  EXPECT_EQ(r.gradients, (std::vector<float>{0, 0, 0, 0}));
}

/// (x) -> (p·x, q·x): two outputs, one of which may have no reader.
class Fork final : public Layer {
 public:
  explicit Fork(const std::string& name) : Layer(name, "Fork") {}
  std::vector<Shape> build(std::span<const Shape> inputs) override {
    declare({"pq", Shape{2}, true, std::make_shared<Ones>(), {}});
    set_built();
    return {inputs[0], inputs[0]};
  }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override;
};

struct ForkKernel final : LayerKernel {
  explicit ForkKernel(const Fork& fork) : layer(fork) {}
  float factor(std::size_t k) const { return layer.parameters()[0].data<float>()[k]; }
  void forward(const Forward& call) override {
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::int64_t i = 0; i < call.outputs[k].elements(); ++i) {
        call.outputs[k].data<float>()[i] = factor(k) * call.inputs[0].data<float>()[i];
      }
    }
  }
  void backward(const Backward& call) override {
    float* dx = call.input_gradients[0].empty() ? nullptr : call.input_gradients[0].data<float>();
    if (dx) std::fill_n(dx, call.inputs[0].elements(), 0.0F);
    for (std::size_t k = 0; k < 2; ++k) {
      float sum = 0;
      for (std::int64_t i = 0; i < call.inputs[0].elements() && !call.output_gradients[k].empty(); ++i) {
        const float dy = call.output_gradients[k].data<float>()[i];
        sum += dy * call.inputs[0].data<float>()[i];
        if (dx) dx[i] += factor(k) * dy;
      }
      call.parameter_gradients[0].data<float>()[k] = sum;
    }
  }
  const Fork& layer;
};

std::unique_ptr<LayerKernel> Fork::prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) {
  return std::make_unique<ForkKernel>(*this);
}

/// y = x > 1, through which no gradient flows.
class Step final : public Layer {
 public:
  explicit Step(const std::string& name) : Layer(name, "Step") {}
  std::vector<Shape> build(std::span<const Shape> inputs) override { return {inputs[0]}; }
  bool is_differentiable() const override { return false; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    struct Kernel final : LayerKernel {
      void forward(const Forward& call) override {
        for (std::int64_t i = 0; i < call.outputs[0].elements(); ++i) {
          call.outputs[0].data<float>()[i] = call.inputs[0].data<float>()[i] > 1 ? 1.0F : 0.0F;
        }
      }
      void backward(const Backward&) override { FAIL() << "asked for a gradient that does not exist"; }
    };
    return std::make_unique<Kernel>();
  }
};

TEST(Executor, SeveralOutputsInputGradientsAndMasks) {
  for (const bool both : {false, true}) {
    Model model;
    const auto x = model.add_input("x", Shape{2});
    const auto a = model.then(std::make_unique<Scale>("a"), x);
    const auto fork = model.call(model.add_layer(std::make_unique<Fork>("fork")), std::array{a});
    const auto mask = model.then(std::make_unique<Step>("step"), a);
    const auto first = model.then(std::make_unique<Scale>("b"), fork[0]);
    const auto sum = model.add_layer(std::make_unique<Sum>("sum", true));
    model.set_outputs(model.call(sum, both ? std::vector{first, fork[1]} : std::vector{first}), {mask});
    model.finish(0);
    const std::array weights{2.0F, 3.0F, 5.0F, 7.0F};  // a, p, q, b
    std::ranges::copy(weights, model.parameters().values().begin());
    Executor executor(model, {}, true);
    Tensor input(Shape{2, 2});
    std::iota(input.span<float>().begin(), input.span<float>().end(), 0.0F);
    const ConstTensorView inputs[] = {input.view()};
    for (const std::int64_t shard : {0, 1}) {
      executor.forward({.training = true}, 2, {.size = shard}, inputs);
      EXPECT_FLOAT_EQ(executor.output(0).data<float>()[3], both ? 42 * 3 + 10 * 3 : 42 * 3);
      EXPECT_EQ(executor.output_mask(0).data<float>()[0], 0);
      EXPECT_EQ(executor.output_mask(0).data<float>()[1], 1);
      std::ranges::fill(executor.output_gradient(0).span<float>(), 1.0F);
      executor.backward();
      const auto gradients = model.parameters().gradients();
      EXPECT_FLOAT_EQ(gradients[0], both ? 6 * 21 + 6 * 5 : 6 * 21);
      EXPECT_FLOAT_EQ(gradients[1], 6 * 2 * 7);
      EXPECT_FLOAT_EQ(gradients[2], both ? 6 * 2 : 0);
      EXPECT_FLOAT_EQ(gradients[3], 6 * 2 * 3);
      EXPECT_FLOAT_EQ(executor.input_gradient(0).data<float>()[1], both ? 2 * 26 : 2 * 21);
    }
  }
}

}  // namespace
}  // namespace ktrain
