#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/model_source.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/compile_settings.h"

namespace ktrain {
namespace {

using Row = std::vector<std::string>;

/// "1,234,567"
std::string with_commas(std::int64_t count) {
  const std::string digits = std::to_string(count);
  std::string with_commas;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) with_commas += ',';
    with_commas += digits[i];
  }
  return with_commas;
}

/// "Total params: 1,002 (3.91 KB)"
std::string total(const char* what, std::int64_t count) {
  constexpr std::array kUnits{"B", "KB", "MB", "GB", "TB", "PB"};
  auto size = static_cast<double>(count) * sizeof(float);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.2f", size);
  return text(what, " params: ", with_commas(count), " (", digits.data(), ' ', kUnits[unit], ")\n");
}

std::string joined(const std::vector<std::string>& items) {
  std::string joined;
  for (const std::string& item : items) joined.append(joined.empty() ? "" : ", ").append(item);
  return joined;
}

std::string size_or_none(std::int64_t size) {
  return size > 0 ? std::to_string(size) : "None";
}

/// "(None, 28, 28, 1)"; dimensions that another size of open inputs changes are None, too.
std::string batch_shape(std::int64_t batch, const Shape& sample, const Shape& other) {
  std::vector<std::string> dims{size_or_none(batch)};
  for (int axis = 0; axis < sample.rank(); ++axis)
    dims.push_back(size_or_none(sample[axis] == other[axis] ? sample[axis] : 0));
  return text('(', joined(dims), dims.size() == 1 ? ",)" : ")");
}

std::string output_shapes(std::int64_t batch, const LayerSummary& layer, const LayerSummary& other) {
  std::vector<std::string> shapes;
  for (std::size_t i = 0; i < layer.output_shapes.size(); ++i)
    shapes.push_back(batch_shape(batch, layer.output_shapes[i], other.output_shapes[i]));
  return shapes.size() == 1 ? shapes[0] : text('[', joined(shapes), ']');
}

/// True when each layer is called once, with what the layer before it gives.
bool is_chain(const std::vector<LayerSummary>& layers) {
  for (std::size_t i = 1; i < layers.size(); ++i) {
    const auto& inputs = layers[i].connected_to;
    if (inputs.size() != 1 || !inputs[0].starts_with(layers[i - 1].name + "[")) return false;
  }
  return true;
}

/// The rows of Keras's model.summary(). `other`: the same model with inputs of another size where it is open.
std::vector<Row> rows_of(const Architecture& model, const Architecture& other) {
  std::vector<Row> rows{{"Layer (type)", "Output Shape", "Param #"}};
  const bool chain = is_chain(model.layers);
  if (!chain) rows[0].emplace_back("Connected to");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerSummary& layer = model.layers[i];
    Row& row = rows.emplace_back(Row{text(layer.name, " (", layer.class_name, ")"),
                                     output_shapes(model.batch, layer, other.layers[i]),
                                     with_commas(layer.parameters)});
    if (!chain) row.push_back(layer.connected_to.empty() ? "-" : joined(layer.connected_to));
  }
  return rows;
}

/// Columns as wide as their widest cell.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string lines;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      lines += row[i] + (last ? "" : std::string(widths[i] - row[i].size() + 2, ' '));
    }
    lines += '\n';
  }
  return lines;
}

/// Numbers in the variables of the optimizer that the model was compiled with, its iteration and learning
/// rate included; nothing where there is none that is known.
std::optional<std::int64_t> optimizer_size(const std::string& description, Model& model) {
  CompileSettings compiled;
  try {
    compiled = read_compile_settings(description, model);
  } catch (const Error&) {
    return std::nullopt;  // a summary is not refused for what only training needs
  }
  if (compiled.optimizer == nullptr) return std::nullopt;
  compiled.optimizer->bind(model.parameters());
  std::int64_t count = compiled.optimizer->options().schedule ? 1 : 2;
  for (const OptimizerVariable& variable : compiled.optimizer->variables(model.parameters()))
    count += variable.shape.elements();
  return count;
}

std::string summary(const ModelSource& source) {
  const auto built = [&](std::int64_t open_size) {
    return architecture_from_json(source.description, options_without_data(open_size), source.name);
  };
  Architecture model = built(kAnySize);
  const std::int64_t all = model.model.parameters().count();
  const std::int64_t trainable = model.model.parameters().trainable_count();
  const auto of_optimizer = optimizer_size(source.description, model.model);
  return text("Model: \"", model.model.name(), "\"\n", table(rows_of(model, built(2 * kAnySize))),
              total("Total", all + of_optimizer.value_or(0)), total("Trainable", trainable),
              total("Non-trainable", all - trainable), of_optimizer ? total("Optimizer", *of_optimizer) : "");
}

}  // namespace

ExitCode run_summary(Communicator& communicator, const RunConfig& config) {
  const ModelSource source = open_model(communicator, config.model);
  agree(communicator, [&] {
    if (communicator.rank() == 0) std::fputs(summary(source).c_str(), stdout);
  });
  return ExitCode::kOk;
}

}  // namespace ktrain
