#include "keras/input_layer.h"

#include <vector>

#include "core/text.h"
#include "keras/layer_config.h"

namespace ktrain {
namespace {

Shape sample_shape(LayerConfig& config) {
  const Json& batch_shape = config.value("batch_shape");
  if (!batch_shape.is_array() || batch_shape.empty() || batch_shape.size() > Shape::kMaxRank) {
    config.refuse("batch_shape", text(brief(batch_shape), " is not a list of dimensions"));
  }
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 1; axis < batch_shape.size(); ++axis) {
    const Json& size = batch_shape[axis];
    if (!size.is_number_unsigned() || size.get<double>() < 1 || size.get<double>() > 1e9) {
      config.refuse("batch_shape", text(brief(batch_shape), ": every dimension but the first must be known"));
    }
    dims.push_back(size.get<std::int64_t>());
  }
  return Shape(dims);
}

}  // namespace

Shape read_input_layer(const Json& json) {
  LayerConfig config("InputLayer", json, {}, {"float32", "uint8"});
  config.only("sparse", {false});
  config.only("ragged", {false});
  config.only("optional", {false});
  const Shape shape = sample_shape(config);
  config.finish();
  return shape;
}

}  // namespace ktrain
