// Single layers against what real Keras 3 computes with them: fixtures/layers/, made by make_layer_values.py.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "keras/json.h"
#include "keras/registry.h"
#include "nn/layer_call_run.h"
#include "nn/layer_run.h"

namespace ktrain::testing {
namespace {

constexpr double kTolerance = 1e-5;

std::vector<double> numbers(const Json& list) {
  return list.get<std::vector<double>>();
}

Tensor tensor_of(const Json& value) {
  const auto dims = value["shape"].get<std::vector<std::int64_t>>();
  Tensor tensor{Shape(std::span(dims))};
  std::ranges::transform(numbers(value["data"]), tensor.span<float>().begin(),
                         [](double number) { return static_cast<float>(number); });
  return tensor;
}

Tensor tensor_of(const Shape& shape, const Json& data) {
  Tensor tensor(shape);
  std::ranges::transform(numbers(data), tensor.span<float>().begin(),
                         [](double number) { return static_cast<float>(number); });
  return tensor;
}

void expect_values(const Tensor& computed, const Json& expected, const std::string& what) {
  EXPECT_LT(difference(computed.span<float>(), std::span<const double>(numbers(expected))), kTolerance)
      << what;
}

std::unique_ptr<Layer> layer_of(const Json& test_case) {
  LayerCall call;
  call.inputs = test_case["inputs"].get<std::vector<std::string>>();
  call.literals = test_case["literals"];
  return make_layer(test_case["layer"], {}, call);
}

void set_weights(LayerCallRun& run, const Json& weights) {
  ASSERT_EQ(run.layer().parameter_specs().size(), weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const ParameterSpec& spec = run.layer().parameter_specs()[i];
    EXPECT_EQ(spec.name, weights[i]["name"].get<std::string>());
    const Tensor values = tensor_of(spec.shape, weights[i]["data"]);
    ASSERT_EQ(weights[i]["data"].size(), run.parameter(i).size()) << spec.name;
    std::ranges::copy(values.span<float>(), run.parameter(i).begin());
  }
}

void run_case(const Json& test_case) {
  SCOPED_TRACE(test_case["name"].get<std::string>());
  std::vector<Tensor> inputs;
  std::vector<Shape> samples;
  for (const Json& value : test_case["values"]) {
    inputs.push_back(tensor_of(value));
    samples.push_back(inputs.back().shape().sample());
  }
  LayerCallRun run(layer_of(test_case), samples);
  set_weights(run, test_case["weights"]);
  for (const bool training : {false, true}) {
    run.step.training = training;
    const std::vector<Tensor> outputs = run.forward(inputs);
    ASSERT_EQ(outputs.size(), test_case["outputs"].size());
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      expect_values(outputs[k], test_case["outputs"][k]["data"], "output " + std::to_string(k));
    }
  }
  std::vector<Tensor> seeds;
  for (std::size_t k = 0; k < run.output_shapes().size(); ++k) {
    const Shape shape = run.output_shapes()[k].batched(inputs[0].shape()[0]);
    seeds.push_back(tensor_of(shape, test_case["output_gradients"][k]));
  }
  std::vector<bool> wanted;
  for (const Json& gradient : test_case["input_gradients"]) wanted.push_back(!gradient.is_null());
  const auto gradients = run.backward(seeds, wanted);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!wanted[i]) continue;
    expect_values(gradients.inputs[i], test_case["input_gradients"][i],
                  "gradient of input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < gradients.parameters.size(); ++i) {
    expect_values(gradients.parameters[i], test_case["weight_gradients"][i],
                  "gradient of " + run.layer().parameter_specs()[i].name);
  }
}

class LayerValues : public ::testing::TestWithParam<const char*> {};

TEST_P(LayerValues, AreKerass) {
  std::ifstream file(std::string(KTRAIN_FIXTURES "/layers/") + GetParam() + ".json");
  const Json cases = Json::parse(file);
  EXPECT_GT(cases.size(), 5U);
  for (const Json& test_case : cases) run_case(test_case);
}

INSTANTIATE_TEST_SUITE_P(Families, LayerValues, ::testing::Values("recurrent"));

}  // namespace
}  // namespace ktrain::testing
