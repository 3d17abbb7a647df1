#include "keras/activity_penalties.h"

#include <string>

#include "keras/objects.h"
#include "ktrain/nn/layers/activity_regularization.h"

namespace ktrain {
namespace {

Regularizer regularizer_in(const std::string& class_name, const Json& config) {
  if (class_name != "ActivityRegularization") return regularizer_of(member(config, "activity_regularizer"));
  const auto number = [&](const char* key) {
    return static_cast<float>(number_of(member(config, key)).value_or(0));
  };
  return {.l1 = number("l1"), .l2 = number("l2")};
}

}  // namespace

void add_activity_penalties(const Json& object, std::span<const MaskedTensor> outputs,
                            HelperLayers& helpers) {
  const std::string class_name = string_member(object, "class_name");
  // The wrapped layer is called like any other.
  if (class_name == "SpectralNormalization") {
    add_activity_penalties(member(member(object, "config"), "layer"), outputs, helpers);
  }
  const Regularizer regularizer = regularizer_in(class_name, member(object, "config"));
  if (!regularizer.active()) return;
  const auto penalize = [&](const MaskedTensor& tensor) {
    helpers.add_end("activity_penalty", tensor.value, make_activity_penalty, regularizer);
  };
  // MultiHeadAttention hands its regularizer on to its projections, the last of which makes its output; the
  // class with groups keeps it besides.
  const bool heads = class_name == "MultiHeadAttention";
  const bool grouped = class_name == "GroupQueryAttention" || class_name == "GroupedQueryAttention";
  if (heads || grouped) penalize(outputs[0]);
  for (const MaskedTensor& output : outputs) {
    if (!heads) penalize(output);
  }
}

}  // namespace ktrain
