#include "app/companions.h"

#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/weights.h"

namespace ktrain {
namespace {

/// Options that were not asked for must not be refused.
template <typename Options>
Options or_plain(bool asked, Options options) {
  if (!asked) options.mode = "min";
  return options;
}

/// Under Keras's names, as its callbacks see them.
std::vector<NamedValue> epoch_logs(const Trainer& trainer, const std::optional<Evaluation>& validation) {
  const EpochStatistics& epoch = trainer.epoch_statistics();
  std::vector<NamedValue> logs{{"loss", epoch.loss}};
  logs.insert(logs.end(), epoch.metrics.begin(), epoch.metrics.end());
  if (!validation) return logs;
  logs.push_back({"val_loss", validation->loss});
  for (const NamedValue& metric : validation->metrics) logs.push_back({"val_" + metric.name, metric.value});
  return logs;
}

char separator_of(const std::string& text) {
  if (text == "\\t") return '\t';
  if (text.size() != 1) throw Error(ExitCode::kUsage, "--csv-separator must be one character");
  return text[0];
}

}  // namespace

Companions::Companions(Communicator& communicator, const RunConfig& config, const ObjectiveOptions& objective)
    : communicator_(communicator),
      stops_(!config.early_stopping.empty()),
      reduces_(!config.reduce_lr_on_plateau.empty()),
      saves_(config.save_best.has_value()),
      best_file_(config.save_best),
      early_stopping_(or_plain(stops_, early_stopping_options(config.early_stopping)), objective),
      reduce_lr_(or_plain(reduces_, reduce_lr_on_plateau_options(config.reduce_lr_on_plateau)), objective),
      save_best_(or_plain(saves_, save_best_options(config.save_best_when)), objective) {
  if (config.csv_log && communicator.rank() == 0) {
    csv_.emplace(*config.csv_log, separator_of(config.csv_separator), config.csv_append || config.resume);
  }
}

std::vector<std::string> Companions::epoch_ended(const Trainer& trainer,
                                                 const std::optional<Evaluation>& validation, Model& model,
                                                 Optimizer& optimizer) {
  std::vector<std::string> lines;
  std::vector<NamedValue> logs = epoch_logs(trainer, validation);
  if (reduces_) {
    logs.push_back({"learning_rate", optimizer.learning_rate()});
    warn_once(reduce_lr_.monitor(), logs, lines);
    if (reduce_lr_.epoch_ended(logs, optimizer)) {
      lines.push_back(text("ReduceLROnPlateau: the learning rate is now ", optimizer.learning_rate()));
    }
  }
  if (saves_) {
    warn_once(save_best_.monitor(), logs, lines);
    if (save_best_.epoch_ended(logs)) {
      agree(communicator_, [&] {
        if (communicator_.rank() == 0) save_weights(*best_file_, model, &optimizer);
      });
      lines.push_back(text("the best ", save_best_.monitor().name(), " so far: saved ", *best_file_));
    }
  }
  agree(communicator_, [&] {
    if (csv_) csv_->epoch_ended(trainer.position().epoch - 1, logs);
  });
  if (stops_) {
    warn_once(early_stopping_.monitor(), logs, lines);
    if (early_stopping_.epoch_ended(trainer.position().epoch - 1, logs, model)) {
      stopped_ = 1;
      lines.push_back(text("epoch ", trainer.position().epoch, ": early stopping"));
    }
  }
  return lines;
}

void Companions::warn_once(const Monitor& monitor, std::span<const NamedValue> logs,
                           std::vector<std::string>& lines) {
  if (warned_ || monitor.value(logs)) return;
  warned_ = true;
  std::string known;
  for (const NamedValue& value : logs) known += (known.empty() ? "" : ", ") + value.name;
  lines.push_back(text("warning: there is no '", monitor.name(), "' to monitor, only ", known));
}

std::vector<std::string> Companions::training_ended(Model& model) const {
  if (!stops_ || !early_stopping_.restore(model)) return {};
  return {text("the weights are those after the best epoch, ", early_stopping_.best_epoch() + 1)};
}

void Companions::visit_state(StateVisitor& visitor) {
  visitor.integer("companions/stopped", stopped_);
  early_stopping_.visit_state(visitor);
  reduce_lr_.visit_state(visitor);
  save_best_.visit_state(visitor);
}

}  // namespace ktrain
