// Runs optimizers and learning-rate schedules for optimizers.py: optimizer_probe CASES RESULTS.
//
// CASES is {"optimizers": [{"optimizer": Keras's object, "parameters": [{"name", "shape", "values"}],
// "gradients": [a flat list a step], "finalize": bool}], "schedules": [{"schedule": Keras's object,
// "iterations": [numbers]}]}; RESULTS
// {"optimizers": [{"values", "iteration", "variables": [{"name", "shape", "values"}], "config"}],
// "schedules": [{"values", "config"}]}.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "keras/optimizer_config.h"
#include "keras/schedule_config.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

FlatParameters parameters_of(const Json& list) {
  std::vector<Parameter> parameters;
  for (const Json& one : list) {
    parameters.push_back(
        {.name = one["name"], .shape = Shape(one["shape"].get<std::vector<std::int64_t>>())});
  }
  FlatParameters flat(std::move(parameters));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto values = list[i]["values"].get<std::vector<float>>();
    std::ranges::copy(values, flat.value(flat.parameters()[i]).span<float>().begin());
  }
  return flat;
}

Json numbers(const float* data, std::int64_t count) {
  Json list = Json::array();
  for (std::int64_t i = 0; i < count; ++i) list.push_back(static_cast<double>(data[i]));
  return list;
}

Json run_optimizer(const Json& one) {
  const auto optimizer = read_optimizer_config(one["optimizer"]);
  FlatParameters parameters = parameters_of(one["parameters"]);
  optimizer->bind(parameters);
  for (const Json& step : one["gradients"]) {
    std::ranges::copy(step.get<std::vector<float>>(), parameters.gradients().begin());
    optimizer->step(parameters);
  }
  if (one["finalize"].get<bool>()) optimizer->finalize(parameters);
  Json variables = Json::array();
  for (const OptimizerVariable& variable : optimizer->variables(parameters)) {
    const auto dims = variable.shape.dims();
    const auto* data = static_cast<const float*>(variable.data);
    variables.push_back(
        {{"name", variable.name},
         {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
         {"values", data != nullptr ? numbers(data, variable.shape.elements()) : Json::array({0.0})}});
  }
  return {{"values", numbers(parameters.values().data(), parameters.count())},
          {"iteration", optimizer->iterations()},
          {"variables", variables},
          {"config", write_optimizer_config(*optimizer)}};
}

Json run_schedule(const Json& one) {
  const auto schedule = read_schedule_config(one["schedule"]);
  Json values = Json::array();
  for (const Json& iteration : one["iterations"]) values.push_back(schedule->at(iteration.get<double>()));
  return {{"values", values}, {"config", write_schedule_config(*schedule)}};
}

void run(const char* cases_file, const char* results_file) {
  std::ifstream in(cases_file);
  const Json cases = Json::parse(in);
  Json results = {{"optimizers", Json::array()}, {"schedules", Json::array()}};
  for (const Json& one : cases["optimizers"]) results["optimizers"].push_back(run_optimizer(one));
  for (const Json& one : cases["schedules"]) results["schedules"].push_back(run_schedule(one));
  std::ofstream(results_file) << results;
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  if (count != 3) return 64;
  try {
    ktrain::run(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "optimizer_probe: %s\n", error.what());
    return 1;
  }
  return 0;
}
