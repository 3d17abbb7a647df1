#include "rebatch/batch_normalization_momenta.h"

#include <functional>

#include "keras/layer_objects.h"

namespace ktrain {
namespace {

void visit_configs(Json& model, const std::function<void(Json&)>& visit) {
  visit_layers(model, [&](Json& layer, const std::string&) {
    if (string_member(layer, "class_name") == "BatchNormalization" && layer["config"].is_object())
      visit(layer["config"]);
  });
}

}  // namespace

double batch_normalization_momentum(const Json& config) {
  constexpr double kKerasDefault = 0.99;
  return number_of(member(config, "momentum")).value_or(kKerasDefault);
}

std::vector<double> batch_normalization_momenta(const std::string& description) {
  Json model = parse_json(description, "the model");
  std::vector<double> momenta;
  visit_configs(model, [&](const Json& config) { momenta.push_back(batch_normalization_momentum(config)); });
  return momenta;
}

std::string with_batch_normalization_momenta(const std::string& description,
                                             std::span<const double> momenta) {
  Json model = parse_json(description, "the model");
  std::size_t at = 0;
  visit_configs(model, [&](Json& config) {
    const double momentum = momenta[at++];
    if (momentum != batch_normalization_momentum(config)) config["momentum"] = momentum;
  });
  return dump_json(model);
}

}  // namespace ktrain
