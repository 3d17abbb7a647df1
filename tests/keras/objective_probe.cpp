// Losses and metrics for a script: reads cases from a JSON file, computes each in two parts as two workers
// would, and prints one JSON line a case.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "keras/json.h"
#include "keras/loss_config.h"
#include "ktrain/nn/metric.h"
#include "ktrain/nn/reduced_loss.h"
#include "train/class_weights.h"

namespace ktrain {
namespace {

/// An array of the case; the dtype is float32, or int64 for class targets.
class Array {
 public:
  explicit Array(const Json& array) {
    if (array.is_null()) return;
    const Shape shape(array["shape"].get<std::vector<std::int64_t>>());
    const bool whole = array.value("dtype", "float32") == "int64";
    tensor_.emplace(shape, whole ? DType::kInt64 : DType::kFloat32);
    if (whole) {
      std::ranges::copy(array["data"].get<std::vector<std::int64_t>>(),
                        tensor_->span<std::int64_t>().begin());
    } else {
      std::ranges::copy(array["data"].get<std::vector<float>>(), tensor_->span<float>().begin());
    }
  }
  std::optional<Shape> sample() const {
    return tensor_ ? std::optional(tensor_->shape().sample()) : std::nullopt;
  }
  ConstTensorView rows(std::int64_t begin, std::int64_t end) const {
    return tensor_ ? tensor_->view().rows(begin, end) : ConstTensorView();
  }
  std::int64_t count() const { return tensor_->shape()[0]; }
  const Shape& shape() const { return tensor_->shape(); }

 private:
  std::optional<Tensor> tensor_;
};

struct Case {
  explicit Case(const Json& json)
      : prediction(json["prediction"]),
        target(json["target"]),
        weight(json.value("weight", Json())),
        mask(json.value("mask", Json())) {
    std::map<std::int64_t, double> factors;
    for (const Json& item : json.value("class_weight", Json())) {
      factors[item[0].get<std::int64_t>()] = item[1].get<double>();
    }
    if (!factors.empty()) by_class.emplace(factors, *target.sample(), json.value("takes_classes", false));
  }

  std::vector<LossInput> parts() {
    const std::int64_t count = prediction.count(), half = count / 3;
    if (by_class) weights = by_class->weights({{}, target.rows(0, count), weight.rows(0, count)});
    std::vector<LossInput> inputs;
    if (half > 0) inputs.push_back(part(0, half));
    inputs.push_back(part(half, count));
    return inputs;
  }
  LossInput part(std::int64_t begin, std::int64_t end) const {
    return {.prediction = prediction.rows(begin, end),
            .target = target.rows(begin, end),
            .sample_weight = by_class ? weights.rows(begin, end) : weight.rows(begin, end),
            .mask = mask.rows(begin, end),
            .first_row = begin};
  }
  /// Of a sample's weights.
  std::optional<Shape> weight_shape() const {
    return by_class && !weight.sample() ? std::optional(Shape()) : weight.sample();
  }

  Array prediction, target, weight, mask;
  std::optional<ClassWeights> by_class;
  ConstTensorView weights;  ///< with those of the classes
};

Json run_loss(const LossSpec& spec, Case& data) {
  ReducedLoss loss(spec.name, spec.options,
                   {*data.prediction.sample(), *data.target.sample(), data.weight_shape(), data.mask.sample(),
                    data.prediction.count()});
  std::vector<double> sums(loss.group_sum_count());
  for (const LossInput& input : data.parts()) loss.add_group_sums(input, sums);
  double value = 0;
  Tensor gradient(data.prediction.shape());
  std::int64_t begin = 0;
  for (const LossInput& input : data.parts()) {
    const std::int64_t end = begin + input.prediction.shape()[0];
    value += loss.part(input, data.prediction.count(), sums);
    loss.gradient(input, data.prediction.count(), sums, 1, gradient.view().rows(begin, end));
    begin = end;
  }
  const auto elements = gradient.span<float>();
  return {{"values", {value}}, {"gradient", std::vector<float>(elements.begin(), elements.end())}};
}

Json run_metric(const MetricSpec& spec, Case& data) {
  const auto metric = make_metric(
      spec, {*data.prediction.sample(), *data.target.sample(), data.weight_shape(), data.mask.sample()});
  std::vector<double> groups(static_cast<std::size_t>(metric->group_sum_count()));
  std::vector<double> sums(static_cast<std::size_t>(metric->sum_count()));
  for (const LossInput& input : data.parts()) metric->add_group_sums(input, groups);
  for (const LossInput& input : data.parts()) metric->add(input, groups, sums);
  std::vector<double> values;
  for (std::int64_t i = 0; i < metric->value_count(); ++i) values.push_back(metric->value(sums, i));
  return {{"values", values}, {"label", spec.label.empty() ? spec.name : spec.label}};
}

Json run_case(const Json& json) {
  try {
    Case data(json);
    const std::vector<std::string> outputs{"y"};
    if (json["kind"] == "loss") return run_loss(losses_of(json["object"], Json(), outputs).at(0), data);
    return run_metric(metrics_of(Json::array({json["object"]}), Json(), outputs).at(0), data);
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  if (count != 2) return 64;
  std::ostringstream text;
  text << std::ifstream(arguments[1]).rdbuf();
  for (const auto& json : ktrain::parse_json(text.str(), arguments[1])) {
    std::puts(ktrain::run_case(json).dump().c_str());
  }
  return 0;
}
