#include "ktrain/nn/layers/recurrent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/reverse_sequence.h"
#include "nn/layer_call_run.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

// Values against Keras: tests/keras/layer_values_test.cpp. Here is what has no counterpart there.
namespace ktrain::testing {
namespace {

constexpr CellKind kKinds[] = {CellKind::kSimple, CellKind::kLstm, CellKind::kGru};

CellOptions cell(CellKind kind, std::int64_t units, double dropout = 0, double recurrent_dropout = 0) {
  CellOptions options;
  options.kind = kind;
  options.units = units;
  options.dropout = dropout;
  options.recurrent_dropout = recurrent_dropout;
  options.mask_per_gate = recurrent_dropout > 0 && kind != CellKind::kSimple;
  return options;
}

std::vector<Tensor> inputs_of(Tensor tensor) {
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(tensor));
  return inputs;
}

TEST(Recurrent, GradientsUnderDropoutAreTheSlope) {
  for (const CellKind kind : kKinds) {
    for (const double recurrent : {0.0, 0.3}) {
      for (const bool reset_after : {true, false}) {
        if (!reset_after && kind != CellKind::kGru) continue;
        RecurrentOptions options{.cells = {cell(kind, 3, 0.4, recurrent), cell(kind, 2, 0.2, recurrent)},
                                 .return_sequences = true};
        for (CellOptions& one : options.cells) one.reset_after = reset_after;
        options.cells[1].prefix = "second";
        LayerCallRun run(make_recurrent("rnn", options), {{4, 5}});
        std::vector<Tensor> inputs = inputs_of(pattern({3, 4, 5}, 1));
        expect_slopes(run, inputs);
      }
    }
  }
}

TEST(Recurrent, GradientsOfStatesAreTheSlope) {
  for (const CellKind kind : kKinds) {
    RecurrentOptions options{.cells = {cell(kind, 3)}, .return_state = true, .initial_state = true};
    const std::size_t states = kind == CellKind::kLstm ? 2 : 1;
    std::vector<Shape> shapes{{4, 5}};
    shapes.insert(shapes.end(), states, Shape{3});
    LayerCallRun run(make_recurrent("rnn", options), shapes);
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) inputs.push_back(pattern(shape.batched(2), 3 + inputs.size()));
    expect_slopes(run, inputs);
  }
}

/// With h = mask · 1 the masks themselves come out.
std::vector<float> input_masks(std::int64_t first_position, std::int64_t rows) {
  CellOptions linear = cell(CellKind::kSimple, 6, 0.5);
  linear.activation = {};
  linear.use_bias = false;
  LayerCallRun run(make_recurrent("rnn", {.cells = {linear}, .return_sequences = true}), {{4, 6}});
  std::ranges::fill(run.parameter(1), 0.0F);
  for (std::size_t i = 0; i < 36; ++i) run.parameter(0)[i] = i % 7 == 0 ? 1.0F : 0.0F;
  std::vector<Tensor> ones = inputs_of(Tensor({rows, 4, 6}));
  std::ranges::fill(ones[0].span<float>(), 1.0F);
  run.step.first_position = first_position;
  const std::vector<Tensor> outputs = run.forward(ones);
  return {outputs[0].span<float>().begin(), outputs[0].span<float>().end()};
}

TEST(Recurrent, AMaskIsTheSamplesAndStaysForAllSteps) {
  const std::vector<float> masks = input_masks(10, 50);
  int kept = 0;
  for (std::size_t i = 0; i < masks.size(); ++i) {
    EXPECT_TRUE(masks[i] == 0 || masks[i] == 2);
    EXPECT_EQ(masks[i], masks[i / 24 * 24 + i % 6]) << "every step as the first";
    kept += masks[i] != 0 ? 1 : 0;
  }
  EXPECT_NEAR(kept / 4, 150, 5 * std::sqrt(300 * 0.25));
  const std::vector<float> later = input_masks(13, 2);
  EXPECT_TRUE(std::equal(later.begin(), later.end(), masks.begin() + 3 * 24));
}

TEST(Recurrent, InferenceDropsNothing) {
  for (const CellKind kind : kKinds) {
    LayerCallRun plain(make_recurrent("rnn", {.cells = {cell(kind, 3)}}), {{4, 5}});
    LayerCallRun dropping(make_recurrent("rnn", {.cells = {cell(kind, 3, 0.5, 0.5)}}), {{4, 5}});
    dropping.step.training = false;
    const std::vector<Tensor> inputs = inputs_of(pattern({3, 4, 5}, 1));
    EXPECT_EQ(difference(dropping.forward(inputs)[0].span<float>(),
                         std::as_const(plain.forward(inputs)[0]).span<float>()),
              0);
  }
}

TEST(Recurrent, RowsDoNotDependOnTheirNumber) {
  for (const CellKind kind : kKinds) {
    LayerCallRun run(make_recurrent("rnn", {.cells = {cell(kind, 40)}, .return_sequences = true}), {{7, 30}});
    const std::vector<Tensor> all = inputs_of(pattern({33, 7, 30}, 1));
    const std::vector<Tensor> together = run.forward(all);
    for (const std::int64_t rows : {1, 5}) {
      std::vector<Tensor> some = inputs_of(Tensor({rows, 7, 30}));
      std::copy_n(all[0].span<float>().begin(), some[0].span<float>().size(), some[0].span<float>().begin());
      const std::vector<Tensor> alone = run.forward(some);
      for (std::size_t i = 0; i < alone[0].span<float>().size(); ++i) {
        ASSERT_EQ(alone[0].span<float>()[i], together[0].span<float>()[i]) << rows << " rows";
      }
    }
  }
}

TEST(Recurrent, UnreachedOutputsCountAsZero) {
  RecurrentOptions options{
      .cells = {cell(CellKind::kLstm, 3)}, .return_sequences = true, .return_state = true};
  LayerCallRun run(make_recurrent("rnn", options), {{4, 5}});
  const std::vector<Tensor> inputs = inputs_of(pattern({2, 4, 5}, 1));
  run.forward(inputs);
  std::vector<Tensor> seeds(3);
  seeds[2] = pattern({2, 3}, 4);
  const auto partly = run.backward(seeds);
  seeds[0] = Tensor({2, 4, 3});
  seeds[1] = Tensor({2, 3});
  const auto whole = run.backward(seeds);
  EXPECT_EQ(difference(partly.inputs[0].span<float>(), std::as_const(whole.inputs[0]).span<float>()), 0);
}

TEST(Recurrent, DeclaresKerasVariables) {
  CellOptions lstm = cell(CellKind::kLstm, 2);
  const auto layer = make_recurrent("lstm", {.class_name = "LSTM", .cells = {lstm}}, false);
  const Shape sample{4, 3};
  layer->build(std::span(&sample, 1));
  ASSERT_EQ(layer->parameter_specs().size(), 3U);
  EXPECT_EQ(layer->parameter_specs()[0].name, "lstm_cell/kernel");
  EXPECT_EQ(layer->parameter_specs()[1].shape, (Shape{2, 8}));
  EXPECT_EQ(layer->parameter_specs()[2].object, "cell");
  EXPECT_FALSE(layer->parameter_specs()[2].trainable);
  std::vector<float> bias(8);
  layer->parameter_specs()[2].initializer->fill({8}, bias, RandomStream(1, "bias"));
  EXPECT_EQ(bias, (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
}

TEST(Recurrent, RefusesWhatDoesNotFit) {
  expect_error(
      ExitCode::kConfiguration, [] { make_recurrent("rnn", {.cells = {cell(CellKind::kGru, 0)}}); }, "rnn",
      "units");
  CellOptions glu = cell(CellKind::kGru, 4);
  glu.activation.kind = ActivationKind::kGlu;
  expect_error(
      ExitCode::kConfiguration, [&] { make_recurrent("rnn", {.cells = {glu}}); }, "glu");
  const auto layer = make_recurrent("rnn", {.cells = {cell(CellKind::kGru, 4)}, .masked = true});
  const std::vector<Shape> shapes{{5, 3}, {4}};
  expect_error(
      ExitCode::kConfiguration, [&] { layer->build(shapes); }, "mask", "(5,)");
  const Shape vector{5};
  expect_error(
      ExitCode::kConfiguration, [&] { layer->build(std::span(&vector, 1)); }, "sequence");
}

TEST(ReverseSequence, TurnsTheStepsAround) {
  LayerCallRun run(make_reverse_sequence("reverse"), {{3, 2}});
  const std::vector<Tensor> inputs = inputs_of(pattern({2, 3, 2}, 1));
  const auto turned = [](const Tensor& tensor) {
    std::vector<float> values;
    for (const std::size_t row : {0U, 1U}) {
      for (const std::size_t step : {2U, 1U, 0U}) {
        for (const std::size_t i : {0U, 1U}) values.push_back(tensor.span<float>()[row * 6 + step * 2 + i]);
      }
    }
    return values;
  };
  const std::vector<float> expected = turned(inputs[0]);
  const std::vector<Tensor> outputs = run.forward(inputs);
  EXPECT_TRUE(std::ranges::equal(outputs[0].span<float>(), expected));
  const auto gradients = run.backward(outputs);
  EXPECT_TRUE(std::ranges::equal(gradients.inputs[0].span<float>(), inputs[0].span<float>()));
}

/// (rows, steps, features) of a longer sequence, from a step on.
Tensor part_of(const Tensor& sequences, std::int64_t begin, std::int64_t steps) {
  const std::int64_t rows = sequences.shape()[0], all = sequences.shape()[1], width = sequences.shape()[2];
  Tensor part({rows, steps, width});
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(sequences.span<float>().data() + (row * all + begin) * width, steps * width,
                part.span<float>().data() + row * steps * width);
  }
  return part;
}

TEST(Recurrent, AStatefulLayerGoesOnWhereTheBatchBeforeEnded) {
  for (const CellKind kind : kKinds) {
    const std::vector<CellOptions> cells{cell(kind, 3)};
    const std::vector<Tensor> whole = inputs_of(pattern({5, 12, 2}, 1));
    LayerCallRun plain(make_recurrent("rnn", {.cells = cells, .return_sequences = true}), {{12, 2}});
    LayerCallRun stateful(
        make_recurrent("rnn", {.cells = cells, .return_sequences = true, .stateful_batch = 7}), {{4, 2}});
    const std::vector<Tensor> expected = plain.forward(whole);
    for (std::int64_t batch = 0; batch < 3; ++batch) {
      stateful.step.first_position = 7 * batch + 2;  // rows 2 to 6 of each batch
      const std::vector<Tensor> outputs = stateful.forward(inputs_of(part_of(whole[0], 4 * batch, 4)));
      const Tensor part = part_of(expected[0], 4 * batch, 4);
      EXPECT_LE(difference(outputs[0].span<float>(), std::as_const(part).span<float>()), 1e-6);
    }
    for (const TensorView& state : stateful.layer().states()) {
      EXPECT_TRUE(std::ranges::all_of(state.span<float>().first(6), [](float x) { return x == 0; }));
    }
  }
}

TEST(Recurrent, AStatefulLayersGradientsAreThoseOfGivenStates) {
  for (const CellKind kind : kKinds) {
    const std::vector<CellOptions> cells{cell(kind, 3)};
    const std::size_t count = kind == CellKind::kLstm ? 2 : 1;
    std::vector<Shape> shapes{{4, 2}};
    shapes.insert(shapes.end(), count, Shape{3});
    LayerCallRun given(make_recurrent("rnn", {.cells = cells, .initial_state = true}), shapes);
    LayerCallRun stateful(make_recurrent("rnn", {.cells = cells, .stateful_batch = 5}), {{4, 2}});
    std::vector<Tensor> inputs = inputs_of(pattern({5, 4, 2}, 1));
    for (std::size_t k = 0; k < count; ++k) {
      inputs.push_back(pattern({5, 3}, 2 + k));
      std::ranges::copy(inputs.back().span<float>(), stateful.layer().states()[k].span<float>().begin());
    }
    std::vector<Tensor> seeds = inputs_of(pattern({5, 3}, 9));
    given.forward(inputs);
    const std::vector<Tensor> alone = inputs_of(pattern({5, 4, 2}, 1));
    stateful.forward(alone);
    const auto expected = given.backward(seeds), found = stateful.backward(seeds);
    for (std::size_t k = 0; k < expected.parameters.size(); ++k) {
      EXPECT_EQ(difference(found.parameters[k].span<float>(), expected.parameters[k].span<float>()), 0);
    }
    EXPECT_EQ(difference(found.inputs[0].span<float>(), expected.inputs[0].span<float>()), 0);
  }
}

}  // namespace
}  // namespace ktrain::testing
