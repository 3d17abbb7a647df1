#include <algorithm>
#include <cmath>
#include <span>

#include "ktrain/core/error.h"
#include "ktrain/nn/layers/activation.h"
#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/concatenate.h"
#include "ktrain/nn/layers/flatten.h"
#include "ktrain/nn/layers/identity.h"
#include "ktrain/nn/layers/leaky_relu.h"
#include "ktrain/nn/layers/normalization.h"
#include "ktrain/nn/layers/prelu.h"
#include "ktrain/nn/layers/relu.h"
#include "ktrain/nn/layers/rescaling.h"
#include "ktrain/nn/layers/reshape.h"
#include "ktrain/nn/layers/softmax.h"
#include "ktrain/nn/model.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

template <typename... Tensors>
std::vector<Tensor> list(Tensors... tensors) {
  std::vector<Tensor> result;
  (result.push_back(std::move(tensors)), ...);
  return result;
}

Shape built(const std::unique_ptr<Layer>& layer, const std::vector<Shape>& inputs) {
  return layer->build(inputs).front();
}

const std::vector<float> kPlaces = {-3, -1, -0.5, 0, 0.5, 1, 3, 7};

std::vector<Tensor> places() {
  return list(tensor_of({1, 8}, kPlaces));
}

// Keras 3.15.1.
TEST(ActivationLayers, AgreeWithKeras) {
  LayerHarness relu(make_relu("relu", {.max_value = 2, .negative_slope = 0.1F, .threshold = 1}), {Shape{8}});
  expect_near(relu.forward(places()).span<float>(), {-0.4, -0.2, -0.15, -0.1, -0.05, 0, 2, 2}, 1e-6);
  LayerHarness plain(make_relu("relu", {}), {Shape{8}});
  expect_near(plain.forward(places()).span<float>(), {0, 0, 0, 0, 0.5, 1, 3, 7}, 0);
  LayerHarness leaky(make_leaky_relu("leaky", {}), {Shape{8}});
  expect_near(leaky.forward(places()).span<float>(), {-0.9, -0.3, -0.15, 0, 0.5, 1, 3, 7}, 1e-6);
  LayerHarness softmax(make_softmax("softmax", {}), {Shape{8}});
  expect_near(softmax.forward(places()).span<float>(),
              {0.000044, 0.000328, 0.00054, 0.00089, 0.001468, 0.00242, 0.017884, 0.976426}, 1e-6);
  LayerHarness tanh(make_activation("tanh", {*activation_named("tanh")}), {Shape{8}});
  expect_near(tanh.forward(places()).span<float>(),
              {-0.995055, -0.761594, -0.462117, 0, 0.462117, 0.761594, 0.995055, 0.999998}, 1e-6);
}

TEST(ActivationLayers, GradientsAreDifferences) {
  const Shape sample{4, 3, 6};
  std::vector<Tensor> x = list(wave({2, 4, 3, 6}, 1.3F, 0.35F));
  std::vector<LayerHarness> harnesses;
  harnesses.emplace_back(make_softmax("softmax", {.axis = {1}}), std::vector{sample});
  for (const char* name : {"gelu", "softplus", "log_softmax", "glu", "sigmoid", "mish"}) {
    harnesses.emplace_back(make_activation(name, {*activation_named(name)}), std::vector{sample});
  }
  for (LayerHarness& harness : harnesses) expect_gradients_are_differences(harness, x);
}

TEST(ActivationLayers, SoftmaxSumsToOneAlongItsAxis) {
  LayerHarness harness(make_softmax("softmax", {.axis = {1}}), {Shape{5, 3}});
  const std::vector<Tensor> x = list(wave({2, 5, 3}, 3));
  const Tensor y = harness.forward(x);
  for (std::size_t line = 0; line < 6; ++line) {
    double sum = 0;
    for (std::size_t k = 0; k < 5; ++k) sum += y.span<float>()[line / 3 * 15 + 3 * k + line % 3];
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(ActivationLayers, GluHalvesAndLinearPassesThrough) {
  EXPECT_EQ(built(make_activation("glu", {*activation_named("glu")}), {{4, 6}}), (Shape{4, 3}));
  EXPECT_TRUE(make_activation("linear", {})->passes_through(true));
  EXPECT_FALSE(make_relu("relu", {})->passes_through(false));
}

TEST(ActivationLayers, RefuseWhatTheyCannotDo) {
  EXPECT_THROW(make_relu("relu", {.max_value = -1}), Error);
  EXPECT_THROW(make_relu("relu", {.threshold = -1}), Error);
  EXPECT_THROW(make_leaky_relu("leaky", {.negative_slope = -0.1F}), Error);
  EXPECT_THROW(built(make_softmax("softmax", {.axis = {0}}), {{4}}), Error);
  EXPECT_THROW(built(make_softmax("softmax", {.axis = {2}}), {{4}}), Error);
  EXPECT_THROW(built(make_softmax("softmax", {.axis = {1, -2}}), {{4, 3}}), Error);
  EXPECT_THROW(built(make_activation("glu", {*activation_named("glu")}), {{4, 3}}), Error);
  EXPECT_THROW(built(make_softmax("softmax", {}), {{4}, {4}}), Error);
}

TEST(PReLU, HasASlopeForEachElementOrSharesIt) {
  PReLUOptions shared;
  shared.shared_axes = {1};
  LayerHarness harness(make_prelu("prelu", shared), {Shape{3, 2}});
  EXPECT_EQ(harness.layer().parameter_specs()[0].shape, (Shape{1, 2}));
  harness.parameter(0)[0] = 0.5F;
  harness.parameter(0)[1] = -0.25F;
  std::vector<Tensor> x = list(tensor_of({1, 3, 2}, {-2, -4, 3, 1, -1, 2}));
  expect_near(harness.forward(x).span<float>(), {-1, 1, 3, 1, -0.5, 2}, 0);
  expect_gradients_are_differences(harness, x);
  LayerHarness each(make_prelu("prelu", PReLUOptions()), {Shape{3, 2}});
  EXPECT_EQ(each.layer().parameter_specs()[0].shape, (Shape{3, 2}));
  expect_gradients_are_differences(each, x);
}

TEST(Softmax, TakesSeveralAxesAndAMask) {
  LayerHarness joined(make_softmax("softmax", {.axis = {1, 2}}), {Shape{2, 3}});
  LayerHarness flat(make_softmax("softmax", {}), {Shape{6}});
  std::vector<Tensor> x = list(wave({2, 2, 3}));
  const Tensor expected =
      flat.forward(list(tensor_of({2, 6}, {x[0].span<float>().begin(), x[0].span<float>().end()})));
  const Tensor y = joined.forward(x);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ(y.span<float>()[i], expected.span<float>()[i]);
  expect_gradients_are_differences(joined, x);

  LayerHarness masked(make_softmax("softmax", {.masked = true}), {Shape{2, 3}, Shape{1, 3}});
  const std::vector<Tensor> inputs = list(tensor_of({2, 2, 3}, {0, 5, 0, 1, 7, 1, 1, 2, 3, 4, 5, 6}),
                                          tensor_of({2, 1, 3}, {1, 0, 1, 0, 0, 0}));
  expect_near(masked.forward(inputs).span<float>(), {0.5, 0, 0.5, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 0}, 1e-6);
  const auto gradient = masked.backward(tensor_of({2, 2, 3}, {1, 1, 0, 0, 0, 0, 1, 2, 3, 1, 1, 1}));
  expect_near(gradient[0].span<float>(), {0.25, 0, -0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1e-6);
}

TEST(Softmax, TakesAxesApartAndAMask) {
  LayerHarness apart(make_softmax("softmax", {.axis = {3, 1}}), {Shape{2, 4, 3}});
  std::vector<Tensor> x = list(wave({2, 2, 4, 3}, 2));
  const Tensor y = apart.forward(x);
  const std::span<const float> in = x[0].span<float>(), out = y.span<float>();
  for (std::size_t line = 0; line < 8; ++line) {
    double sum = 0;
    const auto at = [&](std::size_t i) { return line / 4 * 24 + i / 3 * 12 + line % 4 * 3 + i % 3; };
    for (std::size_t i = 0; i < 6; ++i) sum += std::exp(double{in[at(i)]});
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(out[at(i)], std::exp(double{in[at(i)]}) / sum, 1e-6);
  }
  expect_gradients_are_differences(apart, x);

  LayerHarness masked(make_softmax("softmax", {.axis = {1, 3}, .masked = true}),
                      {Shape{2, 2, 2}, Shape{2, 1, 2}});
  const std::vector<Tensor> inputs = list(Tensor(Shape{1, 2, 2, 2}), tensor_of({1, 2, 1, 2}, {1, 0, 0, 1}));
  expect_near(masked.forward(inputs).span<float>(), {0.5, 0, 0.5, 0, 0, 0.5, 0, 0.5}, 1e-6);
  const auto gradient = masked.backward(tensor_of({1, 2, 2, 2}, {1, 9, 0, 9, 9, 0, 9, 0}));
  expect_near(gradient[0].span<float>(), {0.25, 0, 0, 0, 0, -0.25, 0, 0}, 1e-6);
}

TEST(Add, SumsItsInputs) {
  LayerHarness harness(make_add("add"), {Shape{3}, Shape{3}, Shape{3}});
  std::vector<Tensor> x =
      list(tensor_of({2, 3}, {1, 2, 3, 4, 5, 6}), tensor_of({2, 3}, {10, 20, 30, 40, 50, 60}), wave({2, 3}));
  const Tensor y = harness.forward(x);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_FLOAT_EQ(y.span<float>()[i], 11.0F * static_cast<float>(i + 1) + x[2].span<float>()[i]);
  }
  expect_gradients_are_differences(harness, x);
  EXPECT_TRUE(harness.layer().passes_gradient_through());
}

TEST(Add, RefusesOtherShapesAndTooFew) {
  EXPECT_THROW(built(make_add("add"), {{3}, {4}}), Error);
  EXPECT_THROW(built(make_add("add"), std::vector<Shape>()), Error);
}

TEST(Concatenate, RefusesMoreDimensionsThanAShapeHas) {
  const Shape seven{1, 1, 1, 1, 1, 1, 2};
  testing::expect_error(
      ExitCode::kConfiguration,
      [&] {
        built(make_concatenate("stack", {.axis = 1, .stacks = true}), {seven, seven});
      },
      "layer 'stack'", "8 dimensions");
}

TEST(Concatenate, JoinsAlongAnAxis) {
  LayerHarness last(make_concatenate("join", {}), {Shape{2, 1}, Shape{2, 2}});
  const std::vector<Tensor> x =
      list(tensor_of({2, 2, 1}, {1, 2, 3, 4}), tensor_of({2, 2, 2}, {10, 11, 20, 21, 30, 31, 40, 41}));
  expect_near(last.forward(x).span<float>(), {1, 10, 11, 2, 20, 21, 3, 30, 31, 4, 40, 41}, 0);
  LayerHarness first(make_concatenate("join", {.axis = 1}), {Shape{1, 2}, Shape{2, 2}});
  const std::vector<Tensor> z =
      list(tensor_of({2, 1, 2}, {1, 2, 3, 4}), tensor_of({2, 2, 2}, {10, 11, 20, 21, 30, 31, 40, 41}));
  expect_near(first.forward(z).span<float>(), {1, 2, 10, 11, 20, 21, 3, 4, 30, 31, 40, 41}, 0);
}

TEST(Concatenate, GradientsAreDifferences) {
  LayerHarness harness(make_concatenate("join", {.axis = 2}),
                       {Shape{2, 3, 2}, Shape{2, 1, 2}, Shape{2, 4, 2}});
  std::vector<Tensor> x = list(wave({3, 2, 3, 2}), wave({3, 2, 1, 2}, 2), wave({3, 2, 4, 2}, 1, 0.5F));
  EXPECT_EQ(harness.output_shape(), (Shape{2, 8, 2}));
  expect_gradients_are_differences(harness, x);
}

TEST(Concatenate, RefusesWhatDoesNotFit) {
  EXPECT_THROW(built(make_concatenate("join", {}), {{2, 3}, {3, 3}}), Error);
  EXPECT_THROW(built(make_concatenate("join", {}), {{2, 3}, {3}}), Error);
  EXPECT_THROW(built(make_concatenate("join", {.axis = 0}), {{2, 3}, {2, 3}}), Error);
}

TEST(Rescaling, ScalesAndShifts) {
  LayerHarness one(make_rescaling("rescaling", {.scale = {0.5F}, .offset = {-1}}), {Shape{8}});
  expect_near(one.forward(places()).span<float>(), {-2.5, -1.5, -1.25, -1, -0.75, -0.5, 0.5, 2.5}, 0);
  LayerHarness each(make_rescaling("rescaling", {.scale = {1, 2, 4}, .offset = {0, 1, -1}}), {Shape{2, 3}});
  std::vector<Tensor> x = list(tensor_of({1, 2, 3}, {1, 1, 1, 2, 3, 4}));
  expect_near(each.forward(x).span<float>(), {1, 3, 3, 2, 7, 15}, 0);
  expect_gradients_are_differences(each, x);
}

TEST(Rescaling, TakesBytesAsTheyAre) {
  Tensor bytes(Shape{300, 2}, DType::kUint8), numbers(Shape{300, 2});
  for (std::size_t i = 0; i < 600; ++i) {
    bytes.span<std::uint8_t>()[i] = static_cast<std::uint8_t>(i);
    numbers.span<float>()[i] = static_cast<float>(i % 256);
  }
  LayerHarness rescaling(make_rescaling("rescaling", {.scale = {1.0F / 255, 0.3F}, .offset = {0.1F, -2}}),
                         {Shape{2}});
  const Tensor of_bytes = rescaling.forward(list(std::move(bytes)));
  const Tensor of_numbers = rescaling.forward(list(std::move(numbers)));
  EXPECT_TRUE(std::ranges::equal(of_bytes.span<float>(), of_numbers.span<float>()));
}

TEST(Rescaling, IsWhatMayBeGivenBytes) {
  Model model;
  const auto rescaled = model.add_input("rescaled", Shape{4}), both = model.add_input("both", Shape{4}),
             result = model.add_input("result", Shape{4}), unread = model.add_input("unread", Shape{4});
  std::vector<int> outputs = {result};
  for (const int input : {rescaled, rescaled, both, result}) {
    const std::string name = "rescaling" + std::to_string(outputs.size());
    outputs.push_back(model.then(make_rescaling(name, {.scale = {2}, .offset = {0}}), input));
  }
  outputs.push_back(model.then(make_softmax("softmax", {}), both));
  model.set_outputs(outputs);
  model.finish(0);
  EXPECT_EQ(model.inputs().back(), unread);
  EXPECT_TRUE(model.reads_bytes(0));
  for (std::size_t input = 1; input < 4; ++input) EXPECT_FALSE(model.reads_bytes(input)) << input;
}

TEST(Rescaling, RefusesAWrongCount) {
  EXPECT_THROW(built(make_rescaling("rescaling", {.scale = {1, 2}}), {{2, 3}}), Error);
  EXPECT_THROW(built(make_rescaling("rescaling", {.offset = {}}), {{2, 3}}), Error);
}

TEST(Normalization, TakesItsVariables) {
  // (x - mean) / sqrt(variance), and a variance of 0 is one of 1e-14.
  LayerHarness last(make_normalization("n", {}), {Shape{2, 3}});
  EXPECT_EQ(last.layer().parameter_specs()[2].name, "count");
  EXPECT_EQ(last.layer().parameter_specs()[2].shape, Shape());
  EXPECT_FALSE(last.layer().parameter_specs()[0].trainable);
  std::ranges::copy(std::vector<float>{1, -1, 0}, last.parameter(0).begin());
  std::ranges::copy(std::vector<float>{4, 0.25F, 0}, last.parameter(1).begin());
  std::vector<Tensor> x = list(tensor_of({1, 2, 3}, {3, 0, 1e-7F, -1, -1, 0}));
  expect_near(last.forward(x).span<float>(), {1, 2, 1, -1, 0, 0}, 1e-6);
  LayerHarness inverse(make_normalization("n", {.axis = {1}, .invert = true}), {Shape{2, 3}});
  std::ranges::copy(std::vector<float>{1, -1}, inverse.parameter(0).begin());
  std::ranges::copy(std::vector<float>{4, 9}, inverse.parameter(1).begin());
  std::vector<Tensor> y = list(tensor_of({1, 2, 3}, {0, 1, 2, 0, 1, 2}));
  expect_near(inverse.forward(y).span<float>(), {1, 3, 5, -1, 2, 5}, 0);
  expect_gradients_are_differences(inverse, y);
}

TEST(Normalization, TakesWhatItIsGiven) {
  const auto of = [](const std::vector<int>& axis, const Shape& shape, const std::vector<float>& mean,
                     const std::vector<float>& variance) {
    return make_normalization("n",
                              {.axis = axis, .given = NormalizationOptions::Given{shape, mean, variance}});
  };
  LayerHarness one(of({}, {}, {1}, {4}), {Shape{2, 3}});
  EXPECT_TRUE(one.layer().parameter_specs().empty());
  const std::vector<Tensor> x = list(tensor_of({1, 2, 3}, {1, 3, 5, 7, 9, 11}));
  expect_near(one.forward(x).span<float>(), {0, 1, 2, 3, 4, 5}, 0);
  LayerHarness rows(of({1, 2}, {2, 1}, {1, 7}, {4, 1}), {Shape{2, 3}});
  expect_near(rows.forward(x).span<float>(), {0, 1, 2, 0, 2, 4}, 0);
  LayerHarness last(of({2, 1}, {3}, {1, 3, 5}, {1, 1, 4}), {Shape{2, 3}});
  expect_near(last.forward(x).span<float>(), {0, 0, 0, 6, 6, 3}, 0);
  EXPECT_THROW(built(of({2}, {2}, {1, 3}, {1, 1}), {{2, 3}}), Error);
  EXPECT_THROW(built(of({0}, {}, {1}, {1}), {{2, 3}}), Error);
  EXPECT_THROW(built(of({1, -2}, {}, {1}, {1}), {{2, 3}}), Error);
}

TEST(Views, GiveTheirShapes) {
  EXPECT_EQ(built(make_flatten("flatten"), {{4, 3, 2}}), (Shape{24}));
  EXPECT_EQ(built(make_flatten("flatten"), {Shape{}}), (Shape{1}));
  EXPECT_EQ(built(make_identity("identity"), {{4, 3}}), (Shape{4, 3}));
  EXPECT_EQ(built(make_reshape("reshape", {{6, -1, 2}}), {{4, 3, 2}}), (Shape{6, 2, 2}));
  EXPECT_EQ(built(make_reshape("reshape", {{24}}), {{4, 3, 2}}), (Shape{24}));
  for (const bool training : {false, true}) {
    EXPECT_TRUE(make_flatten("flatten")->passes_through(training));
    EXPECT_TRUE(make_reshape("reshape", {{24}})->passes_through(training));
    EXPECT_TRUE(make_identity("identity")->passes_through(training));
  }
}

TEST(Views, RefuseWhatDoesNotFit) {
  EXPECT_THROW(built(make_reshape("reshape", {{5, -1}}), {{4, 3, 2}}), Error);
  EXPECT_THROW(built(make_reshape("reshape", {{5, 5}}), {{4, 3, 2}}), Error);
  EXPECT_THROW(make_reshape("reshape", {{-1, -1}}), Error);
  EXPECT_THROW(make_reshape("reshape", {{-2}}), Error);
}

}  // namespace
}  // namespace ktrain
