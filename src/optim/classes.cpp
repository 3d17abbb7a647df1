#include "optim/classes.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "optim/arguments.h"
#include "optim/rules.h"

namespace ktrain {
namespace {

char lower(char c) {
  return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

/// Looks at the options of one class.
class Options {
 public:
  Options(const OptimizerClass& optimizer_class, OptimizerOptions& options)
      : class_(optimizer_class), options_(options) {}

  void check_and_fill(const OptimizerArgument& argument) {
    const auto found =
        std::ranges::find(class_.arguments, argument.name, &std::pair<std::string_view, double>::first);
    const bool has_default = found != class_.arguments.end();
    if (argument.given(options_)) {
      if (!has_default && !argument.common && !is_switched_off(argument)) refuse("takes no ", argument.name);
      check(argument);
    } else if (has_default) {
      const double value = found->second;
      std::visit([&](auto member) { fill(options_.*member, value); }, argument.member);
    }
  }
  template <typename... Values>
  [[noreturn]] void refuse(const Values&... values) const {
    throw Error(ExitCode::kConfiguration, text("optimizer ", class_.name, ": ", values...));
  }

 private:
  bool is_switched_off(const OptimizerArgument& argument) const {
    const auto* member = std::get_if<std::optional<bool> OptimizerOptions::*>(&argument.member);
    return member != nullptr && options_.**member == false;
  }

  template <typename T>
  static void fill(std::optional<T>& option, double value) {
    option = static_cast<T>(value);
  }
  static void fill(std::vector<std::string>&, double) {}

  void check(const OptimizerArgument& argument) const {
    double value = argument.low;
    if (const auto* number = std::get_if<std::optional<double> OptimizerOptions::*>(&argument.member)) {
      value = *(options_.**number);
    } else if (const auto* whole =
                   std::get_if<std::optional<std::int64_t> OptimizerOptions::*>(&argument.member)) {
      value = static_cast<double>(*(options_.**whole));
    }
    if (argument.low <= value && value <= argument.high) return;
    if (argument.high == std::numeric_limits<double>::max()) {
      refuse(argument.name, "=", value, " must be a number not below ", argument.low);
    }
    refuse(argument.name, "=", value, " is outside [", argument.low, ", ", argument.high, "]");
  }

  const OptimizerClass& class_;
  OptimizerOptions& options_;
};

using Arguments = std::vector<std::pair<std::string_view, double>>;

/// What Adam and its relatives have in common, and more.
Arguments adam_arguments(const Arguments& more = {}) {
  Arguments all = {{"learning_rate", 0.001}, {"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const Arguments kFtrl = {{"learning_rate", 0.001},
                         {"learning_rate_power", -0.5},
                         {"initial_accumulator_value", 0.1},
                         {"l1_regularization_strength", 0},
                         {"l2_regularization_strength", 0},
                         {"l2_shrinkage_regularization_strength", 0},
                         {"beta", 0}};
const Arguments kAdafactor = {{"learning_rate", 0.001}, {"beta_2_decay", -0.8}, {"epsilon_1", 1e-30},
                              {"epsilon_2", 1e-3},      {"clip_threshold", 1},  {"relative_step", 1}};
const Arguments kMuon = {
    {"learning_rate", 0.001}, {"adam_beta_1", 0.9},    {"adam_beta_2", 0.999}, {"adam_weight_decay", 0.004},
    {"epsilon", 1e-7},        {"weight_decay", 0.004}, {"exclude_layers", 0},  {"exclude_embeddings", 1},
    {"muon_a", 3.4445},       {"muon_b", -4.775},      {"muon_c", 2.0315},     {"adam_lr_ratio", 1},
    {"momentum", 0.95},       {"ns_steps", 5},         {"nesterov", 1},        {"rms_rate", 0.2}};

const std::vector<OptimizerClass>& classes() {
  static const std::vector<OptimizerClass> all = {
      {"SGD", {{"learning_rate", 0.01}, {"momentum", 0}, {"nesterov", 0}}, make_sgd},
      {"RMSprop",
       {{"learning_rate", 0.001}, {"rho", 0.9}, {"momentum", 0}, {"epsilon", 1e-7}, {"centered", 0}},
       make_rmsprop},
      {"Adam", adam_arguments({{"amsgrad", 0}}), make_adam},
      {"AdamW", adam_arguments({{"weight_decay", 0.004}, {"amsgrad", 0}}), make_adam},
      {"Adadelta", {{"learning_rate", 0.001}, {"rho", 0.95}, {"epsilon", 1e-7}}, make_adadelta},
      {"Adagrad",
       {{"learning_rate", 0.001}, {"initial_accumulator_value", 0.1}, {"epsilon", 1e-7}},
       make_adagrad},
      {"Adamax", adam_arguments(), make_adamax},
      {"Nadam", adam_arguments(), make_nadam},
      {"Ftrl", kFtrl, make_ftrl},
      {"Lion", {{"learning_rate", 0.001}, {"beta_1", 0.9}, {"beta_2", 0.99}}, make_lion},
      {"Lamb", adam_arguments(), make_lamb},
      {"Adafactor", kAdafactor, make_adafactor},
      {"Muon", kMuon, make_muon},
      {"ScheduleFreeAdamW",
       {{"learning_rate", 0.0025},
        {"beta_1", 0.9},
        {"beta_2", 0.999},
        {"epsilon", 1e-8},
        {"warmup_steps", 0}},
       make_schedule_free_adamw},
  };
  return all;
}

}  // namespace

bool OptimizerClass::has(std::string_view argument) const {
  const OptimizerArgument* known = find_optimizer_argument(argument);
  return known != nullptr && (known->common || std::ranges::any_of(arguments, [&](const auto& own) {
                                return own.first == argument;
                              }));
}

std::span<const OptimizerClass> optimizer_classes() {
  return classes();
}

const OptimizerClass* find_optimizer_class(std::string_view name) {
  const auto found =
      std::ranges::find_if(classes(), [&](const auto& one) { return same_letters(one.name, name); });
  return found == classes().end() ? nullptr : &*found;
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const OptimizerClass& one : classes()) names.emplace_back(one.name);
  return names;
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerClass& optimizer_class, OptimizerOptions options) {
  Options checked(optimizer_class, options);
  if (options.schedule && options.learning_rate)
    checked.refuse("takes a learning rate or a schedule, not both");
  for (const OptimizerArgument& argument : optimizer_arguments()) checked.check_and_fill(argument);
  if (options.clipnorm.has_value() + options.global_clipnorm.has_value() + options.clipvalue.has_value() >
      1) {
    checked.refuse("only one of clipnorm, global_clipnorm and clipvalue can be set");
  }
  if (options.schedule) options.learning_rate = options.schedule->at(0);
  return optimizer_class.make(optimizer_class.name, options);
}

}  // namespace ktrain
