// Computes cases for conformance/run.py, which describes what it reads and writes (exchange.py).
//
//   conformance_probe FOLDER
//   conformance_probe --classes     prints the layer classes that ktrain has
//
// Reads FOLDER/cases.jsonl, a case a line, and FOLDER/given.f32; writes FOLDER/results.jsonl, a line a case
// as soon as it is done, and FOLDER/computed.f32.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/mapped_file.h"
#include "keras/registry.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/keras/weights.h"
#include "nn/executor.h"

namespace ktrain {
namespace {

using Json = nlohmann::json;

/// Tensors one after the other in a file; a tensor is named by its first element and its shape.
class ComputedTensors {
 public:
  explicit ComputedTensors(const std::string& file) : out_(file, std::ios::binary | std::ios::app) {
    out_.seekp(0, std::ios::end);
    written_ = static_cast<std::int64_t>(out_.tellp()) / static_cast<std::int64_t>(sizeof(float));
  }

  /// Null for a view of nothing.
  Json add(ConstTensorView tensor) {
    if (tensor.empty()) return nullptr;
    const auto values = tensor.span<float>();
    out_.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size_bytes()));
    const std::int64_t first = written_;
    written_ += static_cast<std::int64_t>(values.size());
    return Json{{"first", first}, {"shape", tensor.shape().dims()}};
  }
  void flush() { out_.flush(); }

 private:
  std::ofstream out_;
  std::int64_t written_ = 0;
};

/// One case: its model, and what it is given.
class Case {
 public:
  Case(const Json& description, const std::string& folder, std::span<const std::byte> given)
      : description_(description),
        given_(given),
        model_(architecture_from_json(description.at("architecture").get<std::string>()).model) {
    if (!description.at("weights").is_null()) {
      weights_ = folder + "/" + description.at("weights").get<std::string>();
    }
    for (const Json& input : description.at("inputs")) inputs_.push_back(tensor(input));
    for (const Tensor& input : inputs_) views_.push_back(input.view());
  }

  Json parameters() const {
    Json found = Json::array();
    for (const Parameter& one : model_.parameters().parameters()) {
      found.push_back({{"name", one.name}, {"shape", one.shape.dims()}, {"trainable", one.trainable}});
    }
    return found;
  }

  Json run(const Json& run, ComputedTensors& out) {
    if (!weights_.empty()) load_weights(weights_, model_);
    model_.weights_changed();
    const bool training = run.at("training").get<bool>();
    Executor executor(model_, {}, /*input_gradients=*/true);
    StepContext step;
    step.training = training;
    step.global_rows = description_.at("rows").get<std::int64_t>();
    step.weights_version = model_.weights_version();
    executor.forward(step, description_.at("rows").get<std::int64_t>(),
                     {.size = run.at("shard_rows").get<std::int64_t>()}, views_);
    double penalties = 0;
    for (std::size_t shard = 0; shard < executor.shards().size(); ++shard)
      penalties += executor.activity_penalty(shard);
    const auto penalty = static_cast<float>(penalties / static_cast<double>(step.global_rows));
    Json found = {{"output", Json::array()}, {"mask", Json::array()}};
    found["penalty"] = {out.add(ConstTensorView(&penalty, DType::kFloat32, Shape{}))};
    for (std::size_t i = 0; i < model_.outputs().size(); ++i) {
      found["output"].push_back(out.add(executor.output(i)));
      found["mask"].push_back(out.add(executor.output_mask(i)));
    }
    if (training) found.update(backward(executor, out));
    return found;
  }

 private:
  Tensor tensor(const Json& place) const {
    Tensor values{Shape(place.at("shape").get<std::vector<std::int64_t>>())};
    const auto bytes = given_.subspan(place.at("first").get<std::size_t>() * sizeof(float),
                                      values.span<float>().size_bytes());
    std::ranges::copy(bytes, std::as_writable_bytes(values.span<float>()).begin());
    return values;
  }

  Json backward(Executor& executor, ComputedTensors& out) {
    const Json& seeds = description_.at("seeds");
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const TensorView gradient = executor.output_gradient(i);
      if (!gradient.empty())
        std::ranges::copy(tensor(seeds[i]).span<float>(), gradient.span<float>().begin());
    }
    executor.backward();
    executor.end_step();
    Json of_inputs = Json::array(), of_weights = Json::array(), state = Json::array();
    for (std::size_t i = 0; i < inputs_.size(); ++i) of_inputs.push_back(out.add(executor.input_gradient(i)));
    for (const Parameter& one : model_.parameters().parameters()) {
      of_weights.push_back(out.add(model_.parameters().gradient(one)));
      state.push_back(one.trainable ? Json() : out.add(model_.parameters().value(one)));
    }
    return {{"input_gradient", of_inputs}, {"weight_gradient", of_weights}, {"state", state}};
  }

  const Json& description_;
  std::span<const std::byte> given_;
  Model model_;
  std::string weights_;
  std::vector<Tensor> inputs_;
  std::vector<ConstTensorView> views_;
};

/// {"refused": message} for a model that ktrain says it cannot run, {"broken": message} for any other error.
Json result_of(const Json& description, const std::string& folder, std::span<const std::byte> given,
               ComputedTensors& out) {
  try {
    Case one(description, folder, given);
    Json result = {{"parameters", one.parameters()}, {"runs", Json::array()}};
    for (const Json& run : description.at("runs")) result["runs"].push_back(one.run(run, out));
    return result;
  } catch (const Error& error) {
    return {{error.code() == ExitCode::kConfiguration ? "refused" : "broken", error.what()}};
  } catch (const std::exception& error) {
    return {{"broken", error.what()}};
  }
}

void compute(const std::string& folder) {
  const MappedFile given(folder + "/given.f32");
  ComputedTensors computed(folder + "/computed.f32");
  std::ifstream cases(folder + "/cases.jsonl");
  std::ofstream results(folder + "/results.jsonl", std::ios::app);
  for (std::string line; std::getline(cases, line);) {
    const Json description = Json::parse(line);
    const Json result = result_of(description, folder, given.bytes(), computed);
    computed.flush();
    results << result << '\n' << std::flush;
  }
}

void print_classes() {
  for (const auto& family : layer_families()) {
    for (const LayerClass& layer : family) std::cout << layer.name << '\n';
  }
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: conformance_probe FOLDER|--classes\n";
    return 64;
  }
  try {
    if (arguments[1] == std::string("--classes")) {
      ktrain::print_classes();
    } else {
      ktrain::compute(arguments[1]);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
