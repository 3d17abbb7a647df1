#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/text.h"
#include "keras/activity_penalties.h"
#include "keras/layer_instance.h"
#include "keras/masks.h"
#include "ktrain/core/error.h"
#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/average.h"
#include "ktrain/nn/layers/concatenate.h"
#include "ktrain/nn/layers/multiply.h"
#include "ktrain/nn/layers/reverse_sequence.h"

namespace ktrain {
namespace {

constexpr std::string_view kSignature = "inputs initial_state";

std::string without_prefix(const std::string& name, const std::string& prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

/// keras.layers.Bidirectional: its forward and its backward layer as layers of the model.
class Bidirectional final : public LayerInstance {
 public:
  Bidirectional(BuildContext& context, const GraphLayer& layer, const std::string& scope,
                const std::string& path)
      : context_(context), object_(layer.object), name_(scope + layer.name) {
    const Json& config = layer.object["config"];
    require_known_arguments(config);
    merge_mode_ = config.value("merge_mode", Json("concat"));
    returns_sequences_ = member(member(member(config, "layer"), "config"), "return_sequences") == true;
    forward_ = direction(config, "forward");
    backward_ = direction(config, "backward");
    forward_instance_ = make_instance(context, forward_, name_ + "/", path + "/forward_layer");
    backward_instance_ = make_instance(context, backward_, name_ + "/", path + "/backward_layer");
  }

  std::vector<MaskedTensor> call(
      const GraphUse& use, const std::function<MaskedTensor(const TensorReference&)>& resolve) override {
    const BoundCall bound = bind_call(use, kSignature, name_, resolve);
    if (!bound.literals.empty()) {
      throw Error(ExitCode::kConfiguration, text("layer '", name_, "' is called with ", brief(bound.literals),
                                                 ", which is not supported"));
    }
    const auto forward = run(bound, *forward_instance_, false);
    auto backward = run(bound, *backward_instance_, true);
    if (returns_sequences_) {
      backward[0].value = context_.helpers.add("reverse", backward[0].value, make_reverse_sequence, true);
    }
    std::vector<MaskedTensor> outputs = merge(forward[0], backward[0]);
    outputs.insert(outputs.end(), forward.begin() + 1, forward.end());
    outputs.insert(outputs.end(), backward.begin() + 1, backward.end());
    add_activity_penalties(object_, outputs, context_.helpers);
    return outputs;
  }

  void collect(std::vector<Model::LayerId>& layers) const override {
    forward_instance_->collect(layers);
    backward_instance_->collect(layers);
  }

 private:
  void require_known_arguments(const Json& config) const {
    for (const auto& [key, value] : config.items()) {
      const bool known = key == "name" || key == "trainable" || key == "dtype" || key == "merge_mode" ||
                         key == "layer" || key == "backward_layer" || key == "activity_regularizer" ||
                         value.is_null();
      if (known) continue;
      throw Error(ExitCode::kConfiguration,
                  text("layer '", name_, "' (Bidirectional): argument '", key, "' is not supported"));
    }
  }

  /// The layer of one direction, as Keras derives it from the one that it was given.
  GraphLayer direction(const Json& config, const std::string& which) const {
    const bool backward = which == "backward";
    const bool given = backward && member(config, "backward_layer").is_object();
    GraphLayer layer;
    layer.object = member(config, given ? "backward_layer" : "layer");
    if (string_member(member(layer.object, "config"), "name").empty()) {
      throw Error(ExitCode::kData, text("layer '", name_, "' (Bidirectional) holds no layer"));
    }
    Json& inner = layer.object["config"];
    inner["trainable"] = inner.value("trainable", true) && config.value("trainable", true);
    inner["zero_output_for_mask"] = inner.value("return_sequences", false);
    if (backward && !given) inner["go_backwards"] = true;
    layer.name = given ? inner["name"].get<std::string>()
                       : text(which, '_', without_prefix(inner["name"].get<std::string>(), which + "_"));
    if (!find_layer(layer.object)) {
      throw Error(ExitCode::kConfiguration,
                  text("layer '", name_, "' (Bidirectional): a layer of class ",
                       string_member(layer.object, "class_name"), " is not supported"));
    }
    return layer;
  }

  /// One direction with its half of the initial states. The mask is handed on when it was given or, as in
  /// Layer.__call__, when the sequences are the only tensors.
  std::vector<MaskedTensor> run(const BoundCall& bound, LayerInstance& instance, bool backward) const {
    const MaskedTensor sequences = bound.given_for("inputs").at(0);
    const std::vector<MaskedTensor> states = bound.given_for("initial_state");
    const Model::TensorId mask = bound.mask != Model::kNoTensor ? bound.mask
                                 : states.empty()               ? sequences.mask
                                                                : Model::kNoTensor;
    const std::size_t half = states.size() / 2, first = backward ? half : 0;
    std::vector<MaskedTensor> given{{sequences.value}};
    given.insert(given.end(), states.begin() + static_cast<std::ptrdiff_t>(first),
                 states.begin() + static_cast<std::ptrdiff_t>(first + half));
    GraphUse use;
    const auto argument = [&](std::size_t i) {
      return tensor_argument({"", 0, static_cast<std::int64_t>(i)});
    };
    use.arguments.push_back(argument(0));
    if (half > 0) {
      for (std::size_t i = 0; i < half; ++i) use.keywords["initial_state"].push_back(argument(1 + i));
    }
    if (mask != Model::kNoTensor) {
      use.keywords["mask"] = argument(given.size());
      given.push_back({mask});
    }
    return instance.call(
        use, [&](const TensorReference& tensor) { return given.at(static_cast<std::size_t>(tensor.index)); });
  }

  std::vector<MaskedTensor> merge(const MaskedTensor& forward, const MaskedTensor& backward) const {
    if (merge_mode_.is_null()) return {forward, {backward.value, forward.mask}};
    const Model::TensorId both[] = {forward.value, backward.value};
    const auto merged = [&](auto make) {
      return std::vector<MaskedTensor>{{context_.helpers.add("merge", both, make), forward.mask}};
    };
    if (merge_mode_ == "concat") {
      return merged([](const std::string& name) { return make_concatenate(name, {.axis = -1}); });
    }
    if (merge_mode_ == "sum") return merged([](const std::string& name) { return make_add(name); });
    if (merge_mode_ == "ave") return merged([](const std::string& name) { return make_average(name); });
    if (merge_mode_ == "mul") return merged([](const std::string& name) { return make_multiply(name); });
    throw Error(ExitCode::kConfiguration,
                text("layer '", name_, "' (Bidirectional): argument 'merge_mode': ", brief(merge_mode_)));
  }

  BuildContext& context_;
  const Json& object_;
  std::string name_;
  Json merge_mode_;
  bool returns_sequences_ = false;
  GraphLayer forward_;
  GraphLayer backward_;
  std::unique_ptr<LayerInstance> forward_instance_;
  std::unique_ptr<LayerInstance> backward_instance_;
};

}  // namespace

std::unique_ptr<LayerInstance> make_bidirectional(BuildContext& context, const GraphLayer& layer,
                                                  const std::string& scope, const std::string& path) {
  return std::make_unique<Bidirectional>(context, layer, scope, path);
}

}  // namespace ktrain
