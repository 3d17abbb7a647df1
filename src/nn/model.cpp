#include "ktrain/nn/model.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "ktrain/core/error.h"
#include "nn/refuse.h"

namespace ktrain {

Model::TensorId Model::add_input(const std::string& name, const Shape& sample_shape) {
  tensors_.push_back({name, sample_shape});
  inputs_.push_back(static_cast<TensorId>(tensors_.size()) - 1);
  return inputs_.back();
}

Model::LayerId Model::add_layer(std::unique_ptr<Layer> layer) {
  const auto same_name = [&](const auto& other) { return other->name() == layer->name(); };
  if (std::ranges::any_of(layers_, same_name)) {
    throw Error(ExitCode::kConfiguration, text("two layers of the model are named '", layer->name(), "'"));
  }
  layers_.push_back(std::move(layer));
  calls_of_layer_.push_back(0);
  return static_cast<LayerId>(layers_.size()) - 1;
}

int Model::add_manner(LayerId layer, std::unique_ptr<Layer> manner) {
  KTRAIN_CHECK(manner->name() == layers_.at(static_cast<std::size_t>(layer))->name(), manner->name());
  manners_.emplace_back(layer, std::move(manner));
  return static_cast<int>(manners_.size()) - 1;
}

void Model::order_layers(std::span<const LayerId> order) {
  KTRAIN_CHECK(order.size() == layers_.size(), order.size(), " of ", layers_.size());
  std::vector<std::unique_ptr<Layer>> layers(order.size());
  std::vector<std::uint32_t> calls_of_layer(order.size());
  std::vector<LayerId> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto from = static_cast<std::size_t>(order[i]);
    KTRAIN_CHECK(layers_[from] != nullptr, "layer ", from, " twice");
    layers[i] = std::move(layers_[from]);
    calls_of_layer[i] = calls_of_layer_[from];
    place[from] = static_cast<LayerId>(i);
  }
  layers_ = std::move(layers);
  calls_of_layer_ = std::move(calls_of_layer);
  for (Call& call : calls_) call.layer = place[static_cast<std::size_t>(call.layer)];
  for (auto& [layer, manner] : manners_) layer = place[static_cast<std::size_t>(layer)];
}

std::vector<Model::TensorId> Model::call(LayerId id, std::span<const TensorId> inputs, int manner) {
  const std::uint32_t number = calls_of_layer_.at(static_cast<std::size_t>(id))++;
  Call& made = calls_.emplace_back(Call{id, manner, number, {inputs.begin(), inputs.end()}, {}});
  Layer& layer = layer_of(made);
  std::vector<Shape> shapes;
  for (const TensorId input : inputs)
    shapes.push_back(tensors_.at(static_cast<std::size_t>(input)).sample_shape);
  for (const Shape& shape : layer.build(shapes)) {
    if (std::ranges::any_of(shape.dims(), [](std::int64_t dim) { return dim < 0; })) {
      refuse(layer, "its output has the shape ", shape);
    }
    if (shape.rank() == Shape::kMaxRank) refuse(layer, "its output has too many dimensions: ", shape);
    made.outputs.push_back(static_cast<TensorId>(tensors_.size()));
    tensors_.push_back({layer.name(), shape});
  }
  return made.outputs;
}

Model::TensorId Model::then(std::unique_ptr<Layer> layer, TensorId input) {
  return call(add_layer(std::move(layer)), std::span(&input, 1)).front();
}

std::vector<double*> Model::statistics_momenta() const {
  std::vector<double*> all;
  const auto add = [&](Layer& layer) {
    for (double* momentum : layer.statistics_momenta()) all.push_back(momentum);
  };
  for (const auto& layer : layers_) add(*layer);
  for (const auto& manner : manners_) add(*manner.second);
  return all;
}

void Model::set_outputs(std::vector<TensorId> outputs, std::vector<TensorId> masks) {
  outputs_ = std::move(outputs);
  output_masks_ = std::move(masks);
  output_masks_.resize(outputs_.size(), kNoTensor);
  logits_.assign(outputs_.size(), kNoTensor);
}

bool Model::reads_bytes(std::size_t index) const {
  const TensorId input = inputs_[index];
  const auto is_input = [&](TensorId tensor) { return tensor == input; };
  bool is_read = false;
  for (const Call& call : calls_) {
    if (std::ranges::none_of(call.inputs, is_input)) continue;
    if (!layer_of(call).reads_bytes()) return false;
    is_read = true;
  }
  const auto is_result = [&](const std::vector<TensorId>& of) { return std::ranges::any_of(of, is_input); };
  return is_read && !is_result(outputs_) && !is_result(output_masks_) && !is_result(logits_);
}

std::vector<std::string> Model::names_of(std::span<const TensorId> tensors) const {
  std::vector<std::string> names;
  for (const TensorId tensor : tensors) names.push_back(tensors_[static_cast<std::size_t>(tensor)].name);
  return names;
}

namespace {

void bind_manner(Layer& manner, const Layer& layer, const std::vector<TensorView>& views) {
  const auto same = [](const ParameterSpec& a, const ParameterSpec& b) {
    return a.name == b.name && a.shape == b.shape;
  };
  if (!std::ranges::equal(manner.parameter_specs(), layer.parameter_specs(), same)) {
    throw Error(ExitCode::kConfiguration, text("layer '", layer.name(), "' (", layer.class_name(),
                                               ") would have other variables in some of its calls"));
  }
  if (!manner.states().empty()) {
    throw Error(ExitCode::kConfiguration,
                text("layer '", layer.name(), "' (", layer.class_name(),
                     ") is stateful and shared by calls of several kinds, which is not supported"));
  }
  manner.bind(views);
}

}  // namespace

void Model::finish(std::optional<std::uint64_t> seed) {
  std::vector<Parameter> parameters;
  for (const auto& layer : layers_) {
    windows_.push_back({parameters.size(), layer->parameter_specs().size()});
    for (const ParameterSpec& spec : layer->parameter_specs()) {
      parameters.push_back({layer->name() + "/" + spec.name, spec.shape, spec.trainable, {}});
      regularizers_.push_back(spec.regularizer);
      constraints_.push_back(spec.constraint);
    }
  }
  parameters_ = FlatParameters(std::move(parameters));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    for (std::size_t k = 0; k < windows_[i].count; ++k) {
      const Parameter& parameter = parameters_.parameters()[windows_[i].first + k];
      const ParameterSpec& spec = layers_[i]->parameter_specs()[k];
      KTRAIN_CHECK(spec.initializer != nullptr, parameter.name, " has no initializer");
      if (!seed) continue;
      spec.initializer->fill(parameter.shape, parameters_.value(parameter).span<float>(),
                             RandomStream(*seed, parameter.name));
    }
  }
  bind_layers();
}

void Model::bind_layers() {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<TensorView> views;
    for (std::size_t k = 0; k < windows_[i].count; ++k) {
      views.push_back(parameters_.value(parameters_.parameters()[windows_[i].first + k]));
    }
    for (const auto& [owner, manner] : manners_) {
      if (owner == static_cast<LayerId>(i)) bind_manner(*manner, *layers_[i], views);
    }
    layers_[i]->bind(std::move(views));
  }
}

void Model::move_values(const std::function<Buffer(Buffer)>& move) {
  parameters_.place_values(move(parameters_.take_values()));
  bind_layers();
  weights_changed();
}

}  // namespace ktrain
