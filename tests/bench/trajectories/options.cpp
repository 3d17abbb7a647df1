#include "options.h"

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
  if (value != "mlp" && value != "cnn_bn") refuse(text("--model is mlp or cnn_bn, not ", value));
  options.model = value;
}

const std::vector<Option>& all_options() {
  static const std::vector<Option> options = {
      {"--optimizer", "NAME", "sgd, adam or both (both)", set_optimizer},
      {"--rates", "LIST", "factors of the learning rates (x1,x4); x1 is what is judged",
       [](Options& o, const std::string& v) { o.rates = list_of(v, rate_of); }},
      {"--rules", "LIST", "RULE[:FLOOR][+phi]: with this floor, told the noise scale (all that fit)",
       [](Options& o, const std::string& v) { o.rules = words(v); }},
      {"--kappas", "LIST", "batches over the base batch (1/4,1/2,2,4,8,16; for cnn_bn up to 8)",
       [](Options& o, const std::string& v) { o.kappas = list_of(v, kappa_of); }},
      {"--model", "NAME", "mlp: 784-64-10, or cnn_bn: configs/models/cnn_bn.json (mlp)", set_model},
      {"--noise-scale", "X", "in samples, for rules with +phi and adam_drift (300)",
       [](Options& o, const std::string& v) { o.noise_scale = number(v); }},
      {"--seeds", "N", "of the initial values and the order of samples (3)",
       [](Options& o, const std::string& v) { o.seeds = count(v); }},
      {"--epochs", "N", "(2)", [](Options& o, const std::string& v) { o.epochs = count(v); }},
      {"--threads", "N", "runs at a time, of one thread each (1)",
       [](Options& o, const std::string& v) { o.threads = count(v); }},
      {"--json", "FILE", "the results for a program",
       [](Options& o, const std::string& v) { o.json_file = v; }},
      {"--svg", "FILE", "a chart of them", [](Options& o, const std::string& v) { o.svg_file = v; }},
  };
  return options;
}

const Option& find_option(const std::string& name) {
  for (const Option& option : all_options()) {
    if (name == option.name) return option;
  }
  refuse(text("there is no option ", name, "; see --help"));
}

void complete(Options& options) {
  if (options.kappas.empty()) {
    options.kappas = {0.25, 0.5, 2, 4, 8};
    if (options.model == "mlp") options.kappas.push_back(16);
  }
  for (const double kappa : options.kappas) {
    const std::int64_t batch = options.batch(kappa);
    if (batch < 1 || static_cast<double>(batch) != kappa * kBaseBatch || kInterval % batch != 0) {
      refuse(
          text("kappa ", kappa, ": ", kappa * kBaseBatch, " samples are no batch that divides ", kInterval));
    }
  }
}

}  // namespace

std::int64_t Options::batch(double kappa) const {
  return std::llround(kappa * kBaseBatch);
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
  complete(options);
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

std::string kappa_text(double kappa) {
  return kappa < 1 ? text("1/", 1 / kappa) : text(kappa);
}

}  // namespace ktrain::trajectories
