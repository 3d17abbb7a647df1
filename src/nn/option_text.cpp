#include <charconv>
#include <sstream>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/option_value.h"

namespace ktrain {
namespace {

std::vector<std::string> split(const std::string& given, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(given);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

std::optional<double> number_in(const std::string& given) {
  double number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc() || end != given.data() + given.size()) return std::nullopt;
  return number;
}

OptionValue value_in(const std::string& given) {
  if (given == "none") return {};
  if (given == "true" || given == "false") return given == "true";
  if (const auto number = number_in(given)) return *number;
  std::vector<double> list;
  for (const std::string& part : split(given, '/')) {
    const auto number = number_in(part);
    if (!number) return given;
    list.push_back(*number);
  }
  return list;
}

bool takes_bare_k(const std::string& name) {
  return snake_case(name).find("top_k_") != std::string::npos;
}

/// The output before "=", the name, and the arguments behind.
template <typename Spec>
Spec parse(const std::string& given, const char* what) {
  const auto refuse = [&](const auto&... why) {
    throw Error(ExitCode::kUsage, text(what, " '", given, "': ", why...));
  };
  Spec spec;
  const std::size_t colon = given.find(':');
  const std::string head = given.substr(0, colon);
  const std::size_t equals = head.find('=');
  if (equals != std::string::npos) spec.output = head.substr(0, equals);
  spec.name = equals == std::string::npos ? head : head.substr(equals + 1);
  if (spec.name.empty()) refuse("no name");
  if (colon == std::string::npos) return spec;
  for (const std::string& part : split(given.substr(colon + 1), ':')) {
    const std::size_t at = part.find('=');
    const bool bare = at == std::string::npos;
    const std::string argument = bare && takes_bare_k(spec.name) ? "k" : part.substr(0, bare ? 0 : at);
    try {
      const OptionValue value = value_in(bare ? part : part.substr(at + 1));
      if (!set_option(spec.options, argument, value)) refuse("no argument '", part, "'");
    } catch (const Error& error) {
      if (error.code() == ExitCode::kUsage) throw;
      refuse(error.what());
    }
  }
  return spec;
}

}  // namespace

LossSpec parse_loss(const std::string& given) {
  return parse<LossSpec>(given, "loss");
}

MetricSpec parse_metric(const std::string& given) {
  return parse<MetricSpec>(given, "metric");
}

}  // namespace ktrain
