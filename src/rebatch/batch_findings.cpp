#include "rebatch/batch_findings.h"

#include "keras/json.h"
#include "keras/layer_objects.h"
#include "rebatch/batch_normalization_momenta.h"

namespace ktrain {
namespace {

constexpr const char* kSource = "the model";

/// The batch that a shape, a list with the batch in front, is fixed to.
std::optional<std::int64_t> fixed_in(const Json& shape) {
  if (!shape.is_array() || shape.empty() || !shape[0].is_number_unsigned()) return std::nullopt;
  return shape[0].get<std::int64_t>();
}

/// The members of a layer's config that are shapes with the batch in front.
constexpr const char* kShapes[] = {"batch_shape", "batch_input_shape"};

std::optional<std::int64_t> fixed_batch_of(const Json& config) {
  for (const char* shape : kShapes) {
    if (const auto batch = fixed_in(member(config, shape))) return batch;
  }
  return std::nullopt;
}

void find_in(const Json& layer, const std::string& path, std::vector<BatchFinding>& found) {
  using Kind = BatchFinding::Kind;
  const Json& config = member(layer, "config");
  const std::string name = string_member(layer, "class_name");
  if (const auto batch = fixed_batch_of(config)) {
    found.push_back({.kind = Kind::kStaticBatch, .layer = path, .batch = batch});
  }
  if (member(config, "stateful") == true) found.push_back({.kind = Kind::kStatefulLayer, .layer = path});
  if (const auto batch = fixed_in(member(config, "newshape"))) {
    found.push_back({.kind = Kind::kStaticReshape, .layer = path, .batch = batch});
  }
  if (name == "BatchNormalization") {
    found.push_back({.kind = Kind::kBatchNormalization,
                     .layer = path,
                     .momentum = batch_normalization_momentum(config),
                     .trainable = member(config, "trainable") != false});
  }
}

/// Shapes, in lists or under names, whose batch is `from`.
void rewrite_shapes(Json& shapes, std::int64_t from, std::int64_t to) {
  if (fixed_in(shapes)) {
    if (fixed_in(shapes) == from) shapes[0] = to;
    return;
  }
  if (!shapes.is_structured()) return;
  for (Json& shape : shapes) rewrite_shapes(shape, from, to);
}

}  // namespace

std::string_view name_of(BatchFinding::Kind kind) {
  switch (kind) {
    case BatchFinding::Kind::kStaticBatch:
      return "static_batch";
    case BatchFinding::Kind::kStatefulLayer:
      return "stateful_layer";
    case BatchFinding::Kind::kStaticReshape:
      return "static_reshape";
    case BatchFinding::Kind::kBatchNormalization:
      break;
  }
  return "batch_normalization";
}

std::vector<BatchFinding> batch_findings(const std::string& description) {
  Json model = parse_json(description, kSource);
  std::vector<BatchFinding> found;
  visit_layers(model, [&](const Json& layer, const std::string& path) { find_in(layer, path, found); });
  return found;
}

std::string with_static_batch(const std::string& description, std::int64_t from, std::int64_t to) {
  Json model = parse_json(description, kSource);
  const auto rewrite = [&](Json& layer, const std::string&) {
    for (const char* shape : {"batch_shape", "batch_input_shape", "build_input_shape"}) {
      if (layer["config"].contains(shape)) rewrite_shapes(layer["config"][shape], from, to);
    }
    if (layer.contains("build_config")) rewrite_shapes(layer["build_config"], from, to);
  };
  rewrite(model, "");
  visit_layers(model, rewrite);
  return dump_json(model);
}

}  // namespace ktrain
