#include "options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <sstream>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain::trajectories {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ExitCode::kUsage, text("trajectories: ", what));
}

double number(const std::string& value) {
  double result = 0;
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, result);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(result > 0)) {
    refuse(text(value, " is not a number above 0"));
  }
  return result;
}

int count(const std::string& value) {
  const double result = number(value);
  if (result != std::floor(result) || result > 1000) refuse(text(value, " is not a whole number up to 1000"));
  return static_cast<int>(result);
}

std::vector<std::string> words(const std::string& value) {
  std::vector<std::string> list;
  std::istringstream stream(value);
  for (std::string word; std::getline(stream, word, ',');) list.push_back(word);
  return list;
}

/// "1/4" or "0.25"
double kappa_of(const std::string& value) {
  const auto slash = value.find('/');
  if (slash == std::string::npos) return number(value);
  return number(value.substr(0, slash)) / number(value.substr(slash + 1));
}

/// "x4"
double rate_of(const std::string& value) {
  return number(value.substr(value.rfind('x', 0) == 0 ? 1 : 0));
}

template <typename Element>
std::vector<Element> list_of(const std::string& value, Element (*element)(const std::string&)) {
  std::vector<Element> list;
  for (const std::string& word : words(value)) list.push_back(element(word));
  return list;
}

struct Option {
  const char* name;
  const char* value;
  const char* help;
  std::function<void(Options&, const std::string&)> set;
};

void set_optimizer(Options& options, const std::string& value) {
  if (value == "both") return;
  if (value != "sgd" && value != "adam") refuse(text("--optimizer is sgd, adam or both, not ", value));
  options.optimizers = {value};
}

void set_model(Options& options, const std::string& value) {
  if (value != "mlp" && value != "cnn" && value != "cnn_bn") {
    refuse(text("--model is mlp, cnn or cnn_bn, not ", value));
  }
  options.model = value;
}

void set_conversion(Options& options, const std::string& value) {
  if (value != "auto" && value != "mean" && value != "reset") {
    refuse(text("--conversion is auto, mean or reset, not ", value));
  }
  options.conversion = value;
}

void set_parts(Options& options, const std::string& value) {
  options.parts = words(value);
  for (const std::string& part : options.parts) {
    if (part != "rules" && part != "switch" && part != "accuracy") {
      refuse(text("--parts are rules, switch and accuracy, not ", part));
    }
  }
}

const std::vector<Option>& all_options() {
  static const std::vector<Option> options = {
      {"--parts", "LIST", "rules, switch, accuracy: what is measured (rules)", set_parts},
      {"--optimizer", "NAME", "sgd, adam or both (both)", set_optimizer},
      {"--rates", "LIST", "factors of the learning rates (x1,x4); x1 is what is judged",
       [](Options& o, const std::string& v) { o.rates = list_of(v, rate_of); }},
      {"--rules", "LIST",
       "RULE[:FLOOR][+phi]: with this floor, told the noise scale (all that fit; switch: auto and for "
       "Adam auto+phi; accuracy: auto,none)",
       [](Options& o, const std::string& v) { o.rules = words(v); }},
      {"--kappas", "LIST",
       "batches over the base batch (1/4,1/2,2,4,8 and for mlp 16; switch: 1/4,4,8; accuracy: 32)",
       [](Options& o, const std::string& v) { o.kappas = list_of(v, kappa_of); }},
      {"--model", "NAME", "mlp: 784-64-10, or cnn or cnn_bn of configs/models (mlp; accuracy: cnn)",
       set_model},
      {"--noise-scale", "X", "in samples, for rules with +phi and adam_drift (300)",
       [](Options& o, const std::string& v) { o.noise_scale = number(v); }},
      {"--seeds", "N", "of the initial values and the order of samples (3)",
       [](Options& o, const std::string& v) { o.seeds = count(v); }},
      {"--epochs", "N", "(2; switch: of each of its three stretches, 1; accuracy: 10)",
       [](Options& o, const std::string& v) { o.epochs = count(v); }},
      {"--samples", "N", "of an epoch: the training set's first (57344; accuracy: 60000)",
       [](Options& o, const std::string& v) { o.samples = std::llround(number(v)); }},
      {"--lr-ramp", "N",
       "samples over which the learning rate rises behind a change (switch: it jumps) or from the beginning "
       "(accuracy: 120000)",
       [](Options& o, const std::string& v) { o.ramp = std::llround(number(v)); }},
      {"--conversion", "NAME", "switch: auto, mean or reset, which is compared with none (auto)",
       set_conversion},
      {"--threads", "N", "runs at a time, of one thread each (1)",
       [](Options& o, const std::string& v) { o.threads = count(v); }},
      {"--json", "FILE", "the results for a program",
       [](Options& o, const std::string& v) { o.json_file = v; }},
      {"--svg", "FILE", "a chart of the rules", [](Options& o, const std::string& v) { o.svg_file = v; }},
  };
  return options;
}

const Option& find_option(const std::string& name) {
  for (const Option& option : all_options()) {
    if (name == option.name) return option;
  }
  refuse(text("there is no option ", name, "; see --help"));
}

std::vector<double> kappas_of(const std::string& part, const std::string& model) {
  if (part == "accuracy") return {32};
  if (part == "switch") return {0.25, 4, 8};
  if (model == "mlp") return {0.25, 0.5, 2, 4, 8, 16};
  return {0.25, 0.5, 2, 4, 8};
}

int epochs_of(const std::string& part) {
  if (part == "accuracy") return 10;
  return part == "switch" ? 1 : 2;
}

/// A batch divides what lies between two measurings, 0 where nothing is measured in between.
void check(const Options& options, std::int64_t interval) {
  for (const double kappa : options.kappas) {
    const std::int64_t batch = options.batch(kappa);
    if (batch < 1 || static_cast<double>(batch) != kappa * kBaseBatch || interval % batch != 0) {
      refuse(text("kappa ", kappa, ": ", kappa * kBaseBatch, " samples are no batch",
                  interval == 0 ? std::string() : text(" that divides ", interval)));
    }
  }
  if (interval > 0 && options.samples % kInterval != 0) {
    refuse(text("--samples ", options.samples, " is no multiple of ", kInterval));
  }
}

}  // namespace

std::int64_t Options::batch(double kappa) const {
  return std::llround(kappa * kBaseBatch);
}

Options Options::of_part(const std::string& part) const {
  const bool accuracy = part == "accuracy";
  Options options = *this;
  if (model.empty()) options.model = accuracy ? "cnn" : "mlp";
  if (kappas.empty()) options.kappas = kappas_of(part, options.model);
  if (epochs == 0) options.epochs = epochs_of(part);
  if (samples == 0) options.samples = accuracy ? 60000 : 14 * kInterval;
  if (accuracy) {
    if (ramp == 0) options.ramp = 120000;
    check(options, 0);
  } else {
    check(options, part == "switch" ? kNearInterval : kInterval);
  }
  return options;
}

Options parse_options(std::span<const std::string> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (arguments[i] == "--help") {
      options.help = true;
      return options;
    }
    const Option& option = find_option(arguments[i]);
    if (i + 1 == arguments.size()) refuse(text(option.name, " needs a value"));
    option.set(options, arguments[i + 1]);
  }
  for (const std::string& part : options.parts) static_cast<void>(options.of_part(part));
  if (!options.svg_file.empty() && std::ranges::find(options.parts, "rules") == options.parts.end()) {
    refuse("--svg draws the part rules");
  }
  return options;
}

std::string usage() {
  std::string lines = "options:\n";
  for (const Option& option : all_options()) {
    std::string name = text("  ", option.name, " ", option.value);
    name.resize(22, ' ');
    lines += text(name, option.help, "\n");
  }
  return lines;
}

std::string model_file(const std::string& model) {
  const bool own = model == "mlp";
  return text(KTRAIN_SOURCE_DIR, own ? "/tests/bench/trajectories/" : "/configs/models/", model, ".json");
}

std::string kappa_text(double kappa) {
  return kappa < 1 ? text("1/", 1 / kappa) : text(kappa);
}

}  // namespace ktrain::trajectories
