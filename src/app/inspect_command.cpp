#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "app/batch_scaling.h"
#include "app/commands.h"
#include "core/text.h"
#include "keras/json.h"
#include "ktrain/comm/agree.h"
#include "ktrain/keras/compile_settings.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "rebatch/batch_findings.h"

namespace ktrain {
namespace {

using Kind = BatchFinding::Kind;

/// What is often believed to hang on the batch size and does not.
constexpr const char* kUntied[] = {
    "weights, and the initial values that they began with: initializers look at shapes of weights",
    "inference, that of BatchNormalization included: it uses stored statistics, for any batch",
    "Dropout rates, label smoothing, loss weights, L1 and L2 penalties, the number of epochs"};

std::string text_of(const BatchFinding& finding) {
  switch (finding.kind) {
    case Kind::kStaticBatch:
      return text("the batch dimension is fixed to ", *finding.batch,
                  ": Keras takes no other batch, ktrain takes any; ktrain rebatch rewrites it");
    case Kind::kStatefulLayer:
      return "stateful: row r of a batch goes on from row r of the one before, so that another batch means "
             "other sequences; its states begin anew (--reset-states)";
    case Kind::kStaticReshape:
      return text("reshapes to a batch of ", *finding.batch, ": for no other batch");
    case Kind::kBatchNormalization:
      break;
  }
  if (!finding.trainable) return "BatchNormalization, frozen: inference mode, its statistics stay";
  return text("BatchNormalization: trained with the statistics of a batch, another batch's are of another ",
              "noise; momentum ", *finding.momentum, " of the stored ones counts steps");
}

/// What the optimizer of the model holds; nothing where it was never compiled.
struct OptimizerFinding {
  std::string name;
  std::optional<std::int64_t> iterations;  ///< absent: no state
  std::vector<std::string> slots;
  std::string schedule;  ///< "" without
};

std::optional<OptimizerFinding> optimizer_finding(const ModelSource& source) {
  auto optimizer = read_compiled_optimizer(source.description);
  if (optimizer == nullptr) return std::nullopt;
  OptimizerFinding finding = {.name = optimizer->class_name(), .iterations = {}, .slots = {}, .schedule = {}};
  if (const auto& schedule = optimizer->options().schedule) finding.schedule = schedule->class_name();
  Model model = architecture_from_json(source.description, options_without_data(), source.name).model;
  optimizer->bind(model.parameters());
  if (source.has_weights && source.file->load_optimizer(model, *optimizer)) {
    finding.iterations = optimizer->iterations();
    finding.slots.assign(optimizer->slot_names().begin(), optimizer->slot_names().end());
  }
  return finding;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

std::vector<std::string> text_of(const OptimizerFinding& optimizer) {
  std::vector<std::string> lines = {text("optimizer ", optimizer.name, ": its hyperparameters")};
  if (!optimizer.schedule.empty()) {
    lines.push_back(text("learning-rate schedule ", optimizer.schedule, ": counts steps"));
  }
  if (optimizer.iterations) {
    lines.push_back(text("optimizer's state after ", *optimizer.iterations, " steps",
                         optimizer.slots.empty() ? "" : ": ", joined(optimizer.slots)));
  }
  return lines;
}

/// The scaling, where there is a batch to scale from.
std::optional<BatchScaling> scaling_of(const RunConfig& config, const ModelSource& source,
                                       const std::optional<OptimizerFinding>& optimizer) {
  if (!optimizer) return std::nullopt;
  return scale_to_batch(config, source);
}

Json json_of(const std::vector<BatchFinding>& findings, const std::optional<OptimizerFinding>& optimizer,
             const std::optional<BatchScaling>& scaling, std::int64_t batch) {
  Json tied = Json::array();
  for (const BatchFinding& finding : findings) {
    Json one = {{"kind", name_of(finding.kind)}, {"layer", finding.layer}, {"text", text_of(finding)}};
    if (finding.batch) one["batch"] = *finding.batch;
    if (finding.momentum) {
      one["momentum"] = *finding.momentum;
      one["trainable"] = finding.trainable;
    }
    tied.push_back(one);
  }
  Json json = {{"global_batch", batch}, {"tied", tied}, {"not_tied", kUntied}};
  if (optimizer) {
    json["optimizer"] = {{"class_name", optimizer->name}, {"slots", optimizer->slots}};
    if (optimizer->iterations) json["optimizer"]["iterations"] = *optimizer->iterations;
    if (!optimizer->schedule.empty()) json["optimizer"]["schedule"] = optimizer->schedule;
  }
  if (scaling) {
    json["base_batch"] = scaling->run.base_batch;
    json["rule"] = scaling->run.rule;
    json["changes"] = scaling->run.explanation;
    json["warnings"] = scaling->run.warnings;
  }
  return json;
}

void print_section(const std::string& title, const std::vector<std::string>& lines) {
  std::string section = title + "\n";
  for (const std::string& line : lines) section += "  " + line + "\n";
  std::fputs(section.c_str(), stdout);
}

void print(const std::vector<BatchFinding>& findings, const std::optional<OptimizerFinding>& optimizer,
           const std::optional<BatchScaling>& scaling, const RunConfig& config) {
  std::vector<std::string> tied;
  for (const BatchFinding& finding : findings) tied.push_back(finding.layer + ": " + text_of(finding));
  if (optimizer) {
    for (const std::string& line : text_of(*optimizer)) tied.push_back(line);
  } else {
    tied.emplace_back("no optimizer: the model was never compiled");
  }
  print_section("Tied to the batch size:", tied);
  print_section("Not tied to it:", {std::begin(kUntied), std::end(kUntied)});
  if (!scaling) return;
  const bool base_known = config.base_batch || scaling->record.base_batch;
  if (!base_known) {
    return print_section("Changes:",
                         {"unknown: the file does not say for which global batch its numbers were "
                          "chosen; say it with --base-batch"});
  }
  print_section(text("Changes for a global batch of ", config.global_batch, ":"), explanation_of(*scaling));
}

void inspect(const ModelSource& source, const RunConfig& config) {
  const std::vector<BatchFinding> findings = batch_findings(source.description);
  const std::optional<OptimizerFinding> optimizer = optimizer_finding(source);
  const std::optional<BatchScaling> scaling = scaling_of(config, source, optimizer);
  if (config.json) {
    std::puts(json_of(findings, optimizer, scaling, config.global_batch).dump(2).c_str());
  } else {
    print(findings, optimizer, scaling, config);
  }
}

}  // namespace

ExitCode run_inspect(Communicator& communicator, const RunConfig& config) {
  const ModelSource source = open_model(communicator, config.model);
  agree(communicator, [&] {
    if (communicator.rank() == 0) inspect(source, config);
  });
  return ExitCode::kOk;
}

}  // namespace ktrain
