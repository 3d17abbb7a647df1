#include "keras/masks.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/text.h"
#include "ktrain/nn/layers/concatenate.h"
#include "ktrain/nn/layers/mask.h"

namespace ktrain {
namespace {

constexpr Model::TensorId kNone = Model::kNoTensor;

bool takes_masks(Masking masking) {
  return masking == Masking::kTakes || masking == Masking::kTakesAndDrops ||
         masking == Masking::kTakesPerSequence || masking == Masking::kTakesAndClears ||
         masking == Masking::kTakesAndMerges;
}

bool any_masked(const std::vector<MaskedTensor>& tensors) {
  return std::ranges::any_of(tensors, &MaskedTensor::masked);
}

Model::TensorId mask_or_ones(const MaskedTensor& tensor, HelperLayers& helpers) {
  return tensor.masked() ? tensor.mask : helpers.add("ones", tensor.value, make_ones_mask);
}

/// The masks of the tensors given for `argument`, as inputs of their own, called `name`.
void add_masks_of(BoundCall& call, const std::string& argument, const std::string& name,
                  HelperLayers& helpers) {
  const std::vector<MaskedTensor> tensors = call.given_for(argument);
  if (!any_masked(tensors)) return;
  for (const MaskedTensor& tensor : tensors) {
    call.inputs.push_back({name, {mask_or_ones(tensor, helpers)}});
  }
}

Model::TensorId any_of(std::vector<Model::TensorId> masks, HelperLayers& helpers) {
  std::ranges::sort(masks);
  masks.erase(std::unique(masks.begin(), masks.end()), masks.end());
  return masks.size() == 1 ? masks[0] : helpers.add("or", masks, make_mask_or);
}

Model::TensorId all_of(const std::vector<MaskedTensor>& tensors, HelperLayers& helpers) {
  std::vector<Model::TensorId> masks;
  for (const MaskedTensor& tensor : tensors) {
    if (tensor.masked()) masks.push_back(tensor.mask);
  }
  if (masks.size() < 2) return masks.empty() ? kNone : masks[0];
  return helpers.add("and", masks, make_mask_and);
}

/// Along the last axis an element counts where any input counts; along another the masks stand side by side.
Model::TensorId concatenated_mask(const std::vector<MaskedTensor>& inputs, const Json& object,
                                  HelperLayers& helpers) {
  if (!any_masked(inputs)) return kNone;
  std::vector<Model::TensorId> masks;
  for (const MaskedTensor& input : inputs) masks.push_back(mask_or_ones(input, helpers));
  const int rank = helpers.shape(inputs[0].value).rank() + 1;
  const Json& given = member(member(object, "config"), "axis");
  const int axis = given.is_number_integer() ? given.get<int>() : -1;
  const int from_front = axis < 0 ? axis + rank : axis;
  if (from_front == rank - 1) return any_of(masks, helpers);
  return helpers.add("concatenate", masks,
                     [&](const std::string& name) { return make_concatenate(name, {.axis = from_front}); });
}

}  // namespace

void add_mask_inputs(BoundCall& call, Masking masking, std::string_view signature, HelperLayers& helpers) {
  if (!takes_masks(masking)) return;
  if (call.mask != kNone) {
    call.inputs.push_back({"inputs_mask", {call.mask}});
    return;
  }
  std::vector<std::string> arguments;
  for (const auto& input : call.inputs) {
    if (std::ranges::find(arguments, input.argument) == arguments.end()) arguments.push_back(input.argument);
  }
  if (arguments.size() == 1) return add_masks_of(call, arguments[0], "inputs_mask", helpers);
  for (const std::string& argument : arguments) {
    const std::string mask = argument + "_mask";
    const bool in_signature = signature.find(mask) != std::string_view::npos;
    if (in_signature && call.given_for(mask).empty()) add_masks_of(call, argument, mask, helpers);
  }
}

Model::TensorId output_mask(const BoundCall& call, Masking masking, const Json& object,
                            HelperLayers& helpers) {
  if (call.inputs.empty()) return kNone;
  const std::vector<MaskedTensor> first = call.given_for(call.inputs[0].argument);
  const Model::TensorId passed = call.mask != kNone ? call.mask : first[0].mask;
  switch (masking) {
    case Masking::kDrops:
    case Masking::kTakesAndDrops:
      return kNone;
    case Masking::kPasses:
    case Masking::kTakes:
    case Masking::kTakesAndClears:
      return passed;
    case Masking::kTakesPerSequence:
      return member(member(object, "config"), "return_sequences") == true ? passed : kNone;
    case Masking::kMerges:
    case Masking::kTakesAndMerges: {
      std::vector<Model::TensorId> masks;
      for (const MaskedTensor& tensor : first) masks.push_back(tensor.mask);
      return std::ranges::count(masks, kNone) > 0 ? kNone : any_of(masks, helpers);
    }
    case Masking::kMergesAll:
      return all_of(first, helpers);
    case Masking::kConcatenates:
      return concatenated_mask(first, object, helpers);
  }
  return kNone;
}

}  // namespace ktrain
