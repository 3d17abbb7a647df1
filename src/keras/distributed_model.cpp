#include <utility>

#include "core/text.h"
#include "keras/activity_penalties.h"
#include "keras/graph_instance.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kSignature = "inputs";

/// keras.layers.TimeDistributed of a Sequential or Functional model of one input and one output.
class DistributedModel final : public LayerInstance {
 public:
  DistributedModel(BuildContext& context, const GraphLayer& layer, const std::string& scope,
                   const std::string& path)
      : context_(context),
        object_(layer.object),
        name_(scope + layer.name),
        model_(read_graph(inner(layer.object))),
        graph_(context, model_, name_ + "/" + model_.name + "/", path + "/layer/") {
    require_known_arguments();
    if (model_.inputs.size() != 1 || model_.outputs.size() != 1) {
      refuse("a model of one input and one output is needed");
    }
  }

  std::vector<MaskedTensor> call(
      const GraphUse& use, const std::function<MaskedTensor(const TensorReference&)>& resolve) override {
    const BoundCall bound = bind_call(use, kSignature, name_, resolve);
    if (bound.inputs.size() != 1 || !bound.literals.empty()) refuse("takes one input and no arguments");
    MaskedTensor input = bound.inputs[0].tensor;
    if (bound.mask != Model::kNoTensor) input.mask = bound.mask;
    if (context_.helpers.shape(input.value).rank() < 2) refuse("takes sequences (steps, …)");
    context_.helpers.enter_steps();
    std::vector<MaskedTensor> outputs = graph_.call({input});
    context_.helpers.leave_steps();
    outputs[0].mask = input.mask;
    add_activity_penalties(object_, outputs, context_.helpers);
    return outputs;
  }

  void collect(std::vector<Model::LayerId>& layers) const override { graph_.collect(layers); }

 private:
  static const Json& inner(const Json& object) { return member(member(object, "config"), "layer"); }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ExitCode::kConfiguration, text("layer '", name_, "' (TimeDistributed): ", why));
  }

  void require_known_arguments() const {
    LayerConfig config("TimeDistributed", object_["config"], context_.options);
    config.ignore({"layer"});
    config.finish();
  }

  BuildContext& context_;
  const Json& object_;
  std::string name_;
  Graph model_;
  GraphInstance graph_;
};

}  // namespace

std::unique_ptr<LayerInstance> make_distributed_model(BuildContext& context, const GraphLayer& layer,
                                                      const std::string& scope, const std::string& path) {
  return std::make_unique<DistributedModel>(context, layer, scope, path);
}

}  // namespace ktrain
