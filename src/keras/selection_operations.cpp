#include <algorithm>
#include <utility>

#include "core/text.h"
#include "keras/get_item.h"
#include "keras/operations.h"
#include "nn/layers/build_checks.h"
#include "nn/operations/selection.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

using Indices = std::vector<std::int64_t>;

Indices range(std::int64_t begin, std::int64_t end) {
  Indices indices;
  for (std::int64_t i = begin; i < end; ++i) indices.push_back(i);
  return indices;
}

/// The indices of everything, to be changed along some axes.
Selection everything(const Shape& sample) {
  Selection all{{}, sample};
  for (const std::int64_t size : sample.dims()) all.indices.push_back(range(0, size));
  return all;
}

Selection along(const Shape& sample, int axis, Indices indices) {
  Selection selection = everything(sample);
  selection.shape[axis] = std::ssize(indices);
  selection.indices[static_cast<std::size_t>(axis)] = std::move(indices);
  return selection;
}

/// A rule that takes along `axis` what indices_of(layer, size of the axis) says.
template <typename IndicesOf>
std::unique_ptr<Layer> select_along(const LayerConfig& config, int axis, const IndicesOf& indices_of) {
  return make_selection(config.name(), config.class_name(), [=](const Layer& layer, const Shape& sample) {
    const int at = sample_axis(layer, axis, sample);
    return std::vector{along(sample, at, indices_of(layer, sample[at]))};
  });
}

int axis_of(LayerConfig& config) {
  return static_cast<int>(config.integer("axis"));
}

std::unique_ptr<Layer> read_repeat(LayerConfig& config) {
  const std::int64_t repeats = config.integer("repeats");
  if (repeats < 1) config.refuse("repeats", text(repeats, " is not a positive number"));
  return select_along(config, axis_of(config), [repeats](const Layer&, std::int64_t size) {
    Indices indices;
    for (std::int64_t i = 0; i < size * repeats; ++i) indices.push_back(i / repeats);
    return indices;
  });
}

std::unique_ptr<Layer> read_flip(LayerConfig& config) {
  return select_along(config, axis_of(config), [](const Layer&, std::int64_t size) {
    Indices indices = range(0, size);
    std::ranges::reverse(indices);
    return indices;
  });
}

std::unique_ptr<Layer> read_roll(LayerConfig& config) {
  const std::int64_t shift = config.integer("shift");
  return select_along(config, axis_of(config), [shift](const Layer&, std::int64_t size) {
    Indices indices = range(0, size);
    for (std::int64_t& index : indices) index = ((index - shift) % size + size) % size;
    return indices;
  });
}

/// Take with literal indices; one number takes the axis away.
std::unique_ptr<Layer> read_take(LayerConfig& config) {
  const std::vector<Operand> operands = operands_of(config);
  if (operands.size() != 2 || operands[0] || !operands[1] || operands[1]->shape.rank() > 1) {
    config.refuse("indices", "only literal indices, a number or a list, are supported");
  }
  const int axis = axis_of(config);
  const Literal indices = *operands[1];
  return make_selection(config.name(), "Take", [=](const Layer& layer, const Shape& sample) {
    const int at = sample_axis(layer, axis, sample);
    Indices taken;
    for (const float value : indices.values) {
      const auto index = static_cast<std::int64_t>(value);
      if (index < -sample[at] || index >= sample[at])
        refuse(layer, "index ", value, " is not in samples of ", sample);
      taken.push_back(index < 0 ? index + sample[at] : index);
    }
    Selection selection = along(sample, at, taken);
    if (indices.shape.rank() == 0) selection.shape = without_axis(selection.shape, at);
    return std::vector{selection};
  });
}

/// Tile: repeats for each axis of the batch's shape, 1 for the batch.
std::unique_ptr<Layer> read_tile(LayerConfig& config) {
  const std::vector<std::int64_t> repeats = config.integers("repeats");
  return make_selection(config.name(), "Tile", [repeats](const Layer& layer, const Shape& sample) {
    if (std::ssize(repeats) != sample.rank() + 1 || repeats[0] != 1) {
      refuse(layer, "repeats must have a number for each axis and 1 for the batch");
    }
    Selection selection = everything(sample);
    for (int axis = 0; axis < sample.rank(); ++axis) {
      const std::int64_t count = repeats[static_cast<std::size_t>(axis) + 1];
      Indices& indices = selection.indices[static_cast<std::size_t>(axis)];
      indices.clear();
      for (std::int64_t i = 0; i < count * sample[axis]; ++i) indices.push_back(i % sample[axis]);
      selection.shape[axis] = std::ssize(indices);
    }
    return std::vector{selection};
  });
}

/// pad_width: [[0, 0], [before, after], …] with zeros.
std::unique_ptr<Layer> read_pad(LayerConfig& config) {
  config.only("mode", {"constant"});
  const Json& constant = config.literal("constant_values");
  const float padding = constant.is_null() ? 0.0F : static_cast<float>(number_of(constant).value_or(0));
  const Json widths = config.value("pad_width");
  std::vector<std::pair<std::int64_t, std::int64_t>> pads;
  for (const Json& pair : widths.is_array() ? widths : Json::array({widths})) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
        !pair[1].is_number_unsigned()) {
      config.refuse("pad_width", text(brief(widths), " is no list of pairs"));
    }
    pads.emplace_back(pair[0].get<std::int64_t>(), pair[1].get<std::int64_t>());
  }
  const SelectionRule rule = [pads](const Layer& layer, const Shape& sample) {
    if (std::ssize(pads) != sample.rank() + 1 || pads[0] != std::pair<std::int64_t, std::int64_t>()) {
      refuse(layer, "pad_width must have a pair for each axis and [0, 0] for the batch");
    }
    Selection selection = everything(sample);
    for (int axis = 0; axis < sample.rank(); ++axis) {
      const auto [before, after] = pads[static_cast<std::size_t>(axis) + 1];
      Indices& indices = selection.indices[static_cast<std::size_t>(axis)];
      indices.insert(indices.begin(), static_cast<std::size_t>(before), -1);
      indices.insert(indices.end(), static_cast<std::size_t>(after), -1);
      selection.shape[axis] = std::ssize(indices);
    }
    return std::vector{selection};
  };
  return make_selection(config.name(), "Pad", rule, padding);
}

/// Split into so many equal parts, or at these places.
std::unique_ptr<Layer> read_split(LayerConfig& config) {
  const Json given = config.value("indices_or_sections");
  const int axis = axis_of(config);
  std::vector<std::int64_t> places;
  if (given.is_array()) places = config.integers("indices_or_sections");
  const std::int64_t sections = given.is_array() ? 0 : config.integer("indices_or_sections");
  return make_selection(config.name(), "Split", [=](const Layer& layer, const Shape& sample) {
    const int at = sample_axis(layer, axis, sample);
    std::vector<std::int64_t> ends = places;
    if (sections > 0) {
      if (sample[at] % sections != 0)
        refuse(layer, "cannot cut samples of shape ", sample, " into ", sections);
      for (std::int64_t i = 1; i < sections; ++i) ends.push_back(i * sample[at] / sections);
    }
    ends.push_back(sample[at]);
    std::vector<Selection> parts;
    for (std::int64_t begin = 0; const std::int64_t end : ends) {
      if (end < begin || end > sample[at]) refuse(layer, "cannot cut samples of shape ", sample, " at ", end);
      parts.push_back(along(sample, at, range(begin, end)));
      begin = end;
    }
    return parts;
  });
}

constexpr OperationClass kClasses[] = {
    {"Flip", read_flip}, {"GetItem", read_get_item}, {"Pad", read_pad},   {"Repeat", read_repeat},
    {"Roll", read_roll}, {"Split", read_split},      {"Take", read_take}, {"Tile", read_tile}};

}  // namespace

std::span<const OperationClass> selection_operations() {
  return kClasses;
}

}  // namespace ktrain
