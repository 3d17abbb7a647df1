#include "ktrain/nn/layers/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "ktrain/nn/layers/batch_normalization.h"
#include "ktrain/nn/layers/dense.h"
#include "ktrain/nn/layers/multi_head_attention.h"
#include "ktrain/nn/layers/time_distributed.h"
#include "nn/layer_call_run.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

using Index = std::size_t;
using Allowed = std::function<bool(Index row, Index query, Index key)>;

struct Sizes {
  Index rows, queries, keys;
};

/// softmax of the allowed scores times values (rows, keys, width), in float64; a query with none gets 0.
std::vector<double> weighted(const Sizes& n, Index width,
                             const std::function<double(Index, Index, Index)>& score,
                             const std::function<double(Index, Index, Index)>& value,
                             const Allowed& allowed) {
  std::vector<double> result;
  for (Index r = 0; r < n.rows; ++r) {
    for (Index i = 0; i < n.queries; ++i) {
      std::vector<double> weights;
      double sum = 0;
      for (Index j = 0; j < n.keys; ++j) {
        weights.push_back(allowed(r, i, j) ? std::exp(score(r, i, j)) : 0);
        sum += weights.back();
      }
      for (Index w = 0; w < width; ++w) {
        double total = 0;
        for (Index j = 0; j < n.keys; ++j) total += weights[j] * value(r, j, w);
        result.push_back(sum > 0 ? total / sum : 0);
      }
    }
  }
  return result;
}

double at(const Tensor& tensor, Index r, Index i, Index w) {
  const auto steps = static_cast<Index>(tensor.shape()[1]), width = static_cast<Index>(tensor.shape()[2]);
  return tensor.span<float>()[(r * steps + i) * width + w];
}

Tensor mask_of(Index rows, Index steps, Index period) {
  Tensor mask({static_cast<std::int64_t>(rows), static_cast<std::int64_t>(steps)});
  for (Index i = 0; i < rows * steps; ++i) mask.span<float>()[i] = i % period == 0 ? 0.0F : 1.0F;
  return mask;
}

std::vector<Tensor> tensors(std::initializer_list<Shape> shapes) {
  std::vector<Tensor> result;
  for (const Shape& shape : shapes) result.push_back(pattern(shape, 3 + result.size()));
  return result;
}

void expect_output(const Tensor& output, const std::vector<double>& expected) {
  EXPECT_LT(difference(output.span<float>(), std::span<const double>(expected)), 1e-5);
}

TEST(Attention, EveryScoreIsTheFormula) {
  const Sizes n{2, 4, 5};
  for (const ScoreMode mode : {ScoreMode::kDot, ScoreMode::kConcat, ScoreMode::kAdditive}) {
    for (const bool use_scale : {false, true}) {
      for (const bool causal : {false, true}) {
        const AttentionOptions options{
            .score_mode = mode, .use_scale = use_scale, .has_key = true, .use_causal_mask = causal};
        LayerCallRun run(make_attention("attention", "Attention", options), {{4, 3}, {5, 2}, {5, 3}});
        std::vector<Tensor> x = tensors({{2, 4, 3}, {2, 5, 2}, {2, 5, 3}});
        const double scale = use_scale && mode != ScoreMode::kAdditive ? run.parameter(0)[0] : 1;
        const auto score = [&](Index r, Index i, Index j) {
          double sum = 0;
          for (Index d = 0; d < 3; ++d) {
            const double q = at(x[0], r, i, d), k = at(x[2], r, j, d);
            const double weight = mode == ScoreMode::kConcat ? run.parameter(use_scale ? 1 : 0)[0]
                                  : mode == ScoreMode::kAdditive && use_scale ? run.parameter(0)[d]
                                                                              : 1;
            sum += mode == ScoreMode::kDot ? scale * q * k : weight * std::tanh(scale * (q + k));
          }
          return sum;
        };
        expect_output(run.forward(x)[0],
                      weighted(
                          n, 2, score, [&](Index r, Index j, Index w) { return at(x[1], r, j, w); },
                          [&](Index, Index i, Index j) { return !causal || j <= i; }));
        expect_slopes(run, x);
      }
    }
  }
}

TEST(Attention, MasksQueriesAndValues) {
  const AttentionOptions options{.masked = true, .return_attention_scores = true};
  LayerCallRun run(make_attention("attention", "Attention", options), {{5, 3}, {5, 3}, {5}, {5}});
  std::vector<Tensor> x = tensors({{2, 5, 3}, {2, 5, 3}});
  x.push_back(mask_of(2, 5, 3));
  x.push_back(mask_of(2, 5, 4));
  const auto score = [&](Index r, Index i, Index j) {
    double sum = 0;
    for (Index d = 0; d < 3; ++d) sum += at(x[0], r, i, d) * at(x[1], r, j, d);
    return sum;
  };
  const auto counts = [&](Index mask, Index r, Index i) { return x[mask].span<float>()[r * 5 + i] != 0; };
  expect_output(run.forward(x)[0],
                weighted(
                    {2, 5, 5}, 3, score, [&](Index r, Index j, Index w) { return at(x[1], r, j, w); },
                    [&](Index r, Index i, Index j) { return counts(2, r, i) && counts(3, r, j); }));
  expect_slopes(run, x, {true, true, false, false});
}

TEST(Attention, GradientsUnderDropoutAreTheSlope) {
  const AttentionOptions options{.score_mode = ScoreMode::kDot, .use_scale = true, .dropout = 0.4};
  LayerCallRun run(make_attention("attention", "Attention", options), {{4, 3}, {5, 3}});
  std::vector<Tensor> x = tensors({{2, 4, 3}, {2, 5, 3}});
  expect_slopes(run, x);
}

MultiHeadAttentionOptions heads(std::int64_t count, std::int64_t pairs, std::int64_t key_dim) {
  MultiHeadAttentionOptions options;
  options.num_heads = count;
  options.key_value_heads = pairs;
  options.key_dim = key_dim;
  return options;
}

/// x·kernel + bias of a head, for a kernel (in, heads, width).
std::vector<double> projected(LayerCallRun& run, Index parameter, const Tensor& x, Index count) {
  const auto in = static_cast<Index>(x.shape()[2]);
  const auto positions = x.span<float>().size() / in;
  std::vector<double> result;
  for (Index p = 0; p < positions; ++p) {
    for (Index o = 0; o < count; ++o) {
      double sum = run.parameter(parameter + 1)[o];
      for (Index i = 0; i < in; ++i)
        sum += double{x.span<float>()[p * in + i]} * run.parameter(parameter)[i * count + o];
      result.push_back(sum);
    }
  }
  return result;
}

TEST(MultiHeadAttention, IsTheFormula) {
  for (const Index pairs : {4U, 2U}) {
    MultiHeadAttentionOptions options = heads(4, static_cast<std::int64_t>(pairs), 3);
    options.use_causal_mask = true;
    options.value_mask = 2;
    options.return_attention_scores = true;
    LayerCallRun run(make_multi_head_attention("attention", options), {{4, 6}, {5, 2}, {5}});
    std::vector<Tensor> x = tensors({{2, 4, 6}, {2, 5, 2}});
    x.push_back(mask_of(2, 5, 5));
    std::ranges::fill(x[2].span<float>().first(1), 1.0F);
    const auto q = projected(run, 0, x[0], 12), k = projected(run, 2, x[1], pairs * 3);
    const auto v = projected(run, 4, x[1], pairs * 3);
    std::vector<double> expected(2 * 4 * 6);
    for (Index i = 0; i < expected.size(); ++i) expected[i] = run.parameter(7)[i % 6];
    for (Index h = 0; h < 4; ++h) {
      const Index pair = h * pairs / 4;
      const auto score = [&](Index r, Index i, Index j) {
        double sum = 0;
        for (Index d = 0; d < 3; ++d) {
          sum += q[((r * 4 + i) * 4 + h) * 3 + d] * k[((r * 5 + j) * pairs + pair) * 3 + d];
        }
        return sum / std::sqrt(3.0);
      };
      const auto head = weighted(
          {2, 4, 5}, 3, score,
          [&](Index r, Index j, Index w) { return v[((r * 5 + j) * pairs + pair) * 3 + w]; },
          [&](Index r, Index i, Index j) { return j <= i && x[2].span<float>()[r * 5 + j] != 0; });
      for (Index p = 0; p < 8; ++p) {
        for (Index o = 0; o < 6; ++o) {
          for (Index w = 0; w < 3; ++w)
            expected[p * 6 + o] += head[p * 3 + w] * run.parameter(6)[(h * 3 + w) * 6 + o];
        }
      }
    }
    expect_output(run.forward(x)[0], expected);
    expect_slopes(run, x, {true, true, false});
  }
}

TEST(MultiHeadAttention, GradientsAreTheSlope) {
  for (const bool use_gate : {false, true}) {
    for (const double dropout : {0.0, 0.3}) {
      MultiHeadAttentionOptions options = heads(2, 1, 3);
      options.value_dim = 2;
      options.use_gate = use_gate;
      options.dropout = dropout;
      options.sliding_window = 3;
      options.output_shape = {2, 2};
      options.key = 2;
      LayerCallRun run(make_multi_head_attention("attention", options), {{4, 5}, {5, 2}, {5, 3}});
      EXPECT_EQ(run.output_shapes()[0], (Shape{4, 2, 2}));
      std::vector<Tensor> x = tensors({{2, 4, 5}, {2, 5, 2}, {2, 5, 3}});
      expect_slopes(run, x);
    }
  }
}

/// Attention along an axis is attention of what is moved into the place of rows and steps.
TEST(MultiHeadAttention, TakesAnyAxes) {
  const std::vector<Tensor> x = tensors({{2, 3, 4, 5}, {2, 3, 4, 5}});
  const auto output_along = [&](std::vector<int> axes, const std::vector<Shape>& samples,
                                std::vector<Tensor> inputs) {
    MultiHeadAttentionOptions options = heads(2, 0, 3);
    options.attention_axes = std::move(axes);
    LayerCallRun run(make_multi_head_attention("attention", options), samples);
    std::vector<Tensor> outputs = run.forward(inputs);
    expect_slopes(run, inputs);
    return std::move(outputs[0]);
  };
  const auto moved = [](const Tensor& tensor, const Shape& shape) {
    Tensor result(shape);
    std::ranges::copy(tensor.span<float>(), result.span<float>().begin());
    return result;
  };
  const auto both = [&](const Shape& shape) {
    std::vector<Tensor> inputs;
    for (const Tensor& tensor : x) inputs.push_back(moved(tensor, shape));
    return inputs;
  };
  const Tensor last = output_along({2}, {{3, 4, 5}, {3, 4, 5}}, both({2, 3, 4, 5}));
  const Tensor as_rows = output_along({}, {{4, 5}, {4, 5}}, both({6, 4, 5}));
  EXPECT_LT(difference(last.span<float>(), as_rows.span<float>()), 1e-6);
  const Tensor all = output_along({}, {{3, 4, 5}, {3, 4, 5}}, both({2, 3, 4, 5}));
  const Tensor flat = output_along({}, {{12, 5}, {12, 5}}, both({2, 12, 5}));
  EXPECT_LT(difference(all.span<float>(), flat.span<float>()), 1e-6);
  output_along({1}, {{3, 4, 5}, {3, 4, 5}}, both({2, 3, 4, 5}));
  // In which order they are given does not matter, nor what lies between them.
  const Tensor turned = output_along({2, 1}, {{3, 4, 5}, {3, 4, 5}}, both({2, 3, 4, 5}));
  EXPECT_LT(difference(turned.span<float>(), all.span<float>()), 1e-6);
  const Tensor apart = output_along({1, 3}, {{3, 1, 4, 5}, {3, 1, 4, 5}}, both({2, 3, 1, 4, 5}));
  EXPECT_LT(difference(apart.span<float>(), all.span<float>()), 1e-6);
}

TEST(MultiHeadAttention, RefusesWhatDoesNotFit) {
  expect_error(
      ExitCode::kConfiguration, [] { make_multi_head_attention("mha", heads(3, 2, 4)); }, "mha", "multiple");
  const auto layer = make_multi_head_attention("mha", heads(2, 2, 4));
  const std::vector<Shape> shapes{{4, 3}, {3}};
  expect_error(
      ExitCode::kConfiguration, [&] { layer->build(shapes); }, "mha", "(3,)");
}

TEST(TimeDistributed, IsTheLayerOnEachStep) {
  const DenseOptions options{.units = 2, .activation = {.kind = ActivationKind::kTanh}};
  LayerCallRun run(make_time_distributed("steps", make_dense("dense", options)), {{4, 3}});
  LayerCallRun plain(make_dense("dense", options), {{3}});
  EXPECT_EQ(run.layer().parameter_specs()[0].name, "dense/kernel");
  EXPECT_EQ(run.layer().parameter_specs()[0].object, "layer");
  std::vector<Tensor> x = tensors({{2, 4, 3}});
  std::vector<Tensor> rows = tensors({{8, 3}});
  EXPECT_EQ(difference(run.forward(x)[0].span<float>(), std::as_const(plain.forward(rows)[0]).span<float>()),
            0);
  expect_slopes(run, x);
}

TEST(TimeDistributed, NormalizesEachStepByItself) {
  LayerCallRun run(make_time_distributed("steps", make_batch_normalization("bn", {})), {{3, 2}});
  std::vector<Tensor> x = tensors({{4, 3, 2}});
  const std::vector<Tensor> outputs = run.forward(x);
  const Tensor& y = outputs[0];
  for (Index step = 0; step < 3; ++step) {
    for (Index c = 0; c < 2; ++c) {
      double sum = 0;
      for (Index r = 0; r < 4; ++r) sum += at(y, r, step, c);
      EXPECT_NEAR(sum / 4, run.parameter(1)[c], 1e-5) << "mean is beta at step " << step;
    }
  }
  expect_slopes(run, x, {}, 5e-3);
}

}  // namespace
}  // namespace ktrain::testing
