#include <algorithm>
#include <utility>

#include "core/text.h"
#include "keras/operations.h"
#include "ktrain/nn/layers/concatenate.h"
#include "ktrain/nn/layers/permute.h"
#include "ktrain/nn/layers/reshape.h"
#include "nn/layers/build_checks.h"
#include "nn/operations/view.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// newshape, the batch in front: -1 or null.
std::unique_ptr<Layer> read_reshape(LayerConfig& config) {
  const Json& given = config.value("newshape");
  ReshapeOptions options;
  if (!given.is_array() || given.empty() || !(given[0].is_null() || given[0] == -1)) {
    config.refuse("newshape", text(brief(given), " does not leave the batch open in front"));
  }
  for (const Json& size : Json(given.begin() + 1, given.end())) {
    if (!size.is_null() && !size.is_number_integer())
      config.refuse("newshape", text(brief(given), " is no shape"));
    options.target_shape.push_back(size.is_null() ? -1 : size.get<std::int64_t>());
  }
  return make_reshape(config.name(), options);
}

std::unique_ptr<Layer> read_transpose(LayerConfig& config) {
  const auto axes = axes_of(config, "axes");
  if (!axes || axes->empty() || axes->front() != 0) config.refuse("axes", "the batch must stay in front");
  return make_permute(config.name(), {.dims = {axes->begin() + 1, axes->end()}});
}

/// The axes of a batch's shape of `rank` axes that these are, in order; none is the batch.
std::vector<int> positive_axes(const Layer& layer, const std::vector<int>& axes, int rank) {
  std::vector<int> positive;
  for (const int axis : axes) {
    const int at = axis < 0 ? axis + rank : axis;
    if (at < 1 || at >= rank) refuse(layer, "axis ", axis, " is the batch or not there");
    positive.push_back(at);
  }
  std::ranges::sort(positive);
  return positive;
}

std::unique_ptr<Layer> read_expand_dims(LayerConfig& config) {
  const auto axes = axes_of(config, "axis");
  if (!axes) config.refuse("axis", "is missing");
  return make_view(config.name(), "ExpandDims", [given = *axes](const Layer& layer, const Shape& sample) {
    const int rank = sample.rank() + 1 + static_cast<int>(given.size());
    std::vector<std::int64_t> dims(sample.dims().begin(), sample.dims().end());
    for (const int axis : positive_axes(layer, given, rank)) dims.insert(dims.begin() + (axis - 1), 1);
    return shape_of(layer, dims);
  });
}

std::unique_ptr<Layer> read_squeeze(LayerConfig& config) {
  const auto axes = axes_of(config, "axis");
  return make_view(config.name(), "Squeeze", [axes](const Layer& layer, const Shape& sample) {
    std::vector<int> gone;
    if (axes) gone = positive_axes(layer, *axes, sample.rank() + 1);
    std::vector<std::int64_t> dims;
    for (int axis = 0; axis < sample.rank(); ++axis) {
      const bool goes = axes ? std::ranges::find(gone, axis + 1) != gone.end() : sample[axis] == 1;
      if (goes && sample[axis] != 1)
        refuse(layer, "axis ", axis + 1, " of samples of shape ", sample, " is not 1");
      if (!goes) dims.push_back(sample[axis]);
    }
    return Shape(dims);
  });
}

std::unique_ptr<Layer> read_concatenate(LayerConfig& config) {
  return make_concatenate(config.name(), {.axis = static_cast<int>(config.integer("axis", -1))});
}

std::unique_ptr<Layer> read_stack(LayerConfig& config) {
  return make_concatenate(config.name(),
                          {.axis = static_cast<int>(config.integer("axis", 0)), .stacks = true});
}

constexpr OperationClass kClasses[] = {{"Concatenate", read_concatenate},
                                       {"ExpandDims", read_expand_dims},
                                       {"Reshape", read_reshape},
                                       {"Squeeze", read_squeeze},
                                       {"Stack", read_stack},
                                       {"Transpose", read_transpose}};

}  // namespace

std::span<const OperationClass> shape_operations() {
  return kClasses;
}

}  // namespace ktrain
