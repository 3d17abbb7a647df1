#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "config/nearest_name.h"
#include "config/option.h"
#include "config/parse_value.h"
#include "config/run_config.h"
#include "config/sources.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kDefaultData = "idx:/usr/share/datasets/fashion-mnist";

constexpr std::array kCommands{Command::kTrain,   Command::kEvaluate,    Command::kPredict,
                               Command::kSummary, Command::kConvert,     Command::kInspect,
                               Command::kRebatch, Command::kRecalibrate, Command::kNoiseScale};

Command command_of(const std::string& name) {
  std::vector<std::string> names;
  for (const Command command : kCommands) {
    if (name_of(command) == name) return command;
    names.push_back(name_of(command));
  }
  throw Error(ExitCode::kUsage,
              text("unknown command '", name, "'; did you mean '", nearest_name(name, names), "'?"));
}

/// Commands that take a file and write another.
bool takes_two_files(Command command) {
  return command == Command::kConvert || command == Command::kRebatch;
}

Error needs_two_files(Command command) {
  const std::string name = name_of(command);
  return {ExitCode::kUsage, text("ktrain ", name, " needs two files: ktrain ", name, " FROM TO")};
}

/// The settings of a run while they come together.
class Reader {
 public:
  explicit Reader(Command command) { config_.command = command; }

  /// Takes settings of a stronger source than those before. Those that other commands alone use must be
  /// valid, too, and are left alone: one configuration file serves every command.
  void take(const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) {
      const bool own = setting.option->belongs_to(config_.command);
      RunConfig unused;
      try {
        setting.option->set(own ? config_ : unused, setting.value);
      } catch (const Error& error) {
        throw Error(error.code(), text(setting.place, ": ", error.what()));
      }
      if (own) given_.insert(setting.option->name);
    }
  }

  RunConfig finish() {
    check_exclusive();
    check_noise_scale();
    check_complete();
    resolve_data();
    if (!config_.batch_schedule.empty()) {
      config_.global_batch = batch_stages_of(config_.batch_schedule).front().batch;
    }
    config_.given = std::move(given_);
    return std::move(config_);
  }

 private:
  bool given(const std::string& name) const { return given_.contains(name); }

  /// True when the option was set to something else than "none".
  bool active(const std::string& name) const {
    return given(name) && find_option(name)->get(config_) != find_option(name)->get(RunConfig{});
  }

  void check_exclusive() const {
    static const std::vector<std::vector<std::string>> kExclusive{
        {"clipnorm", "global-clipnorm", "clipvalue"},
        {"resume", "weights"},
        {"global-batch", "batch-schedule"},
        {"global-batch", "batch"},
        {"batch-schedule", "adaptive-batch"},
        {"lr-schedule", "reduce-lr-on-plateau"},
        {"freeze", "train-only", "freeze-all-but-last"},
        {"validation-data", "validation-split"}};
    for (const std::vector<std::string>& names : kExclusive) {
      std::string first;
      for (const std::string& name : names) {
        if (!active(name)) continue;
        if (!first.empty()) throw contradiction(text("--", first, " and --", name, " exclude each other"));
        first = name;
      }
    }
  }

  /// An adaptive batch needs it measured.
  void check_noise_scale() {
    const bool adaptive = config_.adaptive_batch.has_value();
    for (const char* name : {"min-batch", "max-batch", "adapt-every"}) {
      if (active(name) && !adaptive) throw contradiction(text("--", name, " needs --adaptive-batch"));
    }
    const bool asked = config_.measure_noise_scale;
    config_.measure_noise_scale = asked || adaptive;
    if (given("noise-scale-every") && !config_.measure_noise_scale) {
      throw contradiction("--noise-scale-every needs --measure-noise-scale");
    }
    if (config_.from_log.has_value() != config_.svg.has_value()) {
      throw contradiction("--from-log and --svg need each other");
    }
    if (config_.measure_noise_scale && !config_.global_batchnorm) {
      throw contradiction(text(asked ? "--measure-noise-scale" : "--adaptive-batch",
                               " and --batchnorm local exclude each other"));
    }
  }

  void check_complete() const {
    if (config_.resume && !config_.resume_file && !config_.checkpoint_dir) {
      throw contradiction("--resume needs --checkpoint-dir, or the checkpoint's file");
    }
    if (given("checkpoint-every") && !config_.checkpoint_dir) {
      throw contradiction("--checkpoint-every needs --checkpoint-dir");
    }
    if (config_.reproducible && config_.threads.value_or(1) > 1) {
      throw contradiction("--reproducible computes on one thread a worker: leave --threads out");
    }
    if (config_.reproducible && !config_.global_batchnorm) {
      throw contradiction("--reproducible and --batchnorm local exclude each other");
    }
    if (config_.command == Command::kTrain && active("recalibrate-batches") && !config_.recalibrate) {
      throw contradiction("--recalibrate-batches needs --recalibrate");
    }
    if (config_.command == Command::kPredict && !config_.out) throw missing("out");
    if (config_.command == Command::kRecalibrate && !config_.save) throw missing("save");
    if (takes_two_files(config_.command) && !config_.save) throw needs_two_files(config_.command);
    if (config_.command == Command::kRebatch && !given("to")) {
      throw Error(ExitCode::kUsage, "ktrain rebatch needs --to N, the new global batch");
    }
  }

  void resolve_data() {
    const bool train = config_.command == Command::kTrain;
    const bool default_data = config_.data.empty();
    const bool of_training =
        train || config_.command == Command::kRecalibrate || config_.command == Command::kNoiseScale;
    if (default_data) config_.data = text(kDefaultData, of_training ? ",split=train" : ",split=test");
    if (train && default_data && !given("validation-data") && config_.validation_split == 0) {
      config_.validation_data = text(kDefaultData, ",split=test");
    }
  }

  static Error contradiction(const std::string& message) { return {ExitCode::kConfiguration, message}; }
  Error missing(const std::string& option) const {
    return {ExitCode::kUsage, text("ktrain ", name_of(config_.command), " needs --", option, " FILE")};
  }

  RunConfig config_;
  std::set<std::string> given_;
};

/// On the command line, an option that the command does not use is a mistake.
void check_belong(const std::vector<Setting>& settings, Command command) {
  for (const Setting& setting : settings) {
    if (setting.option->belongs_to(command)) continue;
    std::string users;
    for (const Command other : kCommands) {
      if (setting.option->belongs_to(other)) users += (users.empty() ? "" : ", ") + name_of(other);
    }
    throw Error(ExitCode::kUsage, text("--", setting.option->name, " is not an option of ktrain ",
                                       name_of(command), " but of: ", users));
  }
}

bool asks_for(const std::vector<std::string>& arguments, const std::string& option,
              const std::string& brief) {
  return std::ranges::any_of(arguments, [&](const std::string& a) { return a == option || a == brief; });
}

/// `ktrain convert FROM TO`: the files stand for --model and --save.
void name_files(Command command, std::vector<std::string>& arguments) {
  const auto is_file = [&](std::size_t i) { return i < arguments.size() && !arguments[i].starts_with('-'); };
  if (!is_file(0)) return;
  if (!is_file(1)) throw needs_two_files(command);
  arguments[0] = "--model=" + arguments[0];
  arguments[1] = "--save=" + arguments[1];
}

std::optional<std::string> config_file_of(const std::vector<Setting>& command_line,
                                          const std::vector<Setting>& environment) {
  for (const auto* settings : {&command_line, &environment}) {
    const auto found =
        std::ranges::find(*settings, "config", [](const Setting& s) { return s.option->name; });
    if (found != settings->end()) return found->value == "none" ? std::nullopt : std::optional(found->value);
  }
  return std::nullopt;
}

}  // namespace

std::string name_of(Command command) {
  static constexpr std::array kNames{"train",   "evaluate", "predict",     "summary",    "convert",
                                     "inspect", "rebatch",  "recalibrate", "noise-scale"};
  return kNames[static_cast<std::size_t>(command)];
}

RunConfig read_run_config(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment) {
  RunConfig only_asks;
  only_asks.help = asks_for(arguments, "--help", "-h");
  only_asks.version = asks_for(arguments, "--version", "-V");
  if (only_asks.help || only_asks.version) return only_asks;

  const bool names_command = !arguments.empty() && !arguments.front().starts_with('-');
  const Command command = names_command ? command_of(arguments.front()) : Command::kTrain;
  std::vector<std::string> options(arguments.begin() + (names_command ? 1 : 0), arguments.end());
  if (takes_two_files(command)) name_files(command, options);
  const auto command_line = command_line_settings(options);
  check_belong(command_line, command);
  const auto variables = environment_settings(environment);

  Reader reader(command);
  if (const auto file = config_file_of(command_line, variables)) reader.take(file_settings(*file));
  reader.take(variables);
  reader.take(command_line);
  return reader.finish();
}

std::vector<std::string> process_environment() {
  std::vector<std::string> entries;
  for (char** entry = ::environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::vector<Field> to_fields(const RunConfig& config) {
  std::vector<Field> fields{{"command", name_of(config.command)}};
  for (const OptionGroup& group : option_groups()) {
    for (const Option& option : group.options) {
      if (option.belongs_to(config.command) && option.name != "help" && option.name != "version") {
        fields.push_back({option.name, option.get(config)});
      }
    }
  }
  return fields;
}

}  // namespace ktrain
