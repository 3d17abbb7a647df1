#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "app/build_run.h"
#include "app/commands.h"
#include "core/text.h"

namespace ktrain {
namespace {

using Row = std::vector<std::string>;

/// "(None, 28, 28, 1)": with the batch dimension as Keras prints it.
std::string batch_shape(const Shape& sample) {
  std::string dims = "(None";
  for (const std::int64_t dim : sample.dims()) dims += text(", ", dim);
  return dims + (sample.rank() == 0 ? ",)" : ")");
}

std::int64_t count_parameters(const Model& model, int layer) {
  std::int64_t count = 0;
  const Model::Window window = model.parameters_of(layer);
  for (const Parameter& parameter : model.parameters().parameters().subspan(window.first, window.count)) {
    count += parameter.range.size();
  }
  return count;
}

/// A row for each input and for each layer at its first call, as Keras's model.summary().
std::vector<Row> rows_of(const Model& model) {
  std::vector<Row> rows{{"Layer (type)", "Output Shape", "Param #", "Connected to"}};
  for (const int input : model.inputs()) {
    const auto& tensor = model.tensors()[static_cast<std::size_t>(input)];
    rows.push_back({tensor.name + " (InputLayer)", batch_shape(tensor.sample_shape), "0", "-"});
  }
  for (const Model::Call& call : model.calls()) {
    if (call.number > 0 || call.outputs.empty()) continue;
    const Layer& layer = *model.layers()[static_cast<std::size_t>(call.layer)];
    std::string inputs;
    for (const int input : call.inputs) {
      inputs += (inputs.empty() ? "" : ", ") + model.tensors()[static_cast<std::size_t>(input)].name;
    }
    rows.push_back({text(layer.name(), " (", layer.class_name(), ")"),
                    batch_shape(model.tensors()[static_cast<std::size_t>(call.outputs[0])].sample_shape),
                    text(count_parameters(model, call.layer)), inputs});
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

}  // namespace

ExitCode run_summary(Communicator& communicator, const RunConfig& config) {
  Run run = build_run(communicator, config);
  if (communicator.rank() != 0) return ExitCode::kOk;
  const FlatParameters& flat = run.model.parameters();
  std::string lines = text("Model: \"", run.model.name(), "\"\n", table(rows_of(run.model)));
  lines += text("Total params: ", flat.count(), "\nTrainable params: ", flat.trainable_count(),
                "\nNon-trainable params: ", flat.count() - flat.trainable_count(), '\n');
  std::fputs(lines.c_str(), stdout);
  return ExitCode::kOk;
}

}  // namespace ktrain
