#include "config/sources.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <fstream>
#include <string_view>
#include <utility>

#include "config/nearest_name.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kVariablePrefix = "KTRAIN_";

Error usage(const std::string& message) {
  return {ExitCode::kUsage, message};
}

/// What Keras and other programs call an option.
const std::vector<std::pair<std::string, std::string>>& synonyms() {
  static const std::vector<std::pair<std::string, std::string>> pairs{
      {"learning-rate", "lr"}, {"batch-size", "global-batch"}, {"num-epochs", "epochs"}, {"output", "out"}};
  return pairs;
}

/// The known name nearest to an unknown one, among those that may be set in this place.
std::string nearest_option(const std::string& name, Place place) {
  std::vector<std::string> known;
  for (const OptionGroup& group : option_groups()) {
    for (const Option& option : group.options) {
      if (option.place <= place) known.push_back(option.name);
    }
  }
  for (const auto& [synonym, option] : synonyms()) known.push_back(synonym);
  const std::string nearest = nearest_name(name, known);
  const auto found = std::ranges::find(synonyms(), nearest, [](const auto& pair) { return pair.first; });
  return found == synonyms().end() ? nearest : found->second;
}

/// The option of this name if it may be set in this place, else nullptr. Places are ordered by how much they
/// allow.
const Option* option_for(const std::string& name, Place place) {
  const Option* option = find_option(name);
  return option != nullptr && option->place <= place ? option : nullptr;
}

po::options_description boost_options() {
  po::options_description description;
  for (const OptionGroup& group : option_groups()) {
    for (const Option& option : group.options) {
      auto* value = po::value<std::string>();
      if (option.value_optional()) value->implicit_value("");
      description.add_options()(option.name.c_str(), value, "");
    }
  }
  return description;
}

void add_once(std::vector<Setting>& settings, Setting setting, const std::string& what) {
  const auto same = [&](const Setting& other) { return other.option == setting.option; };
  if (std::ranges::any_of(settings, same)) throw usage(text(what, " is given twice"));
  settings.push_back(std::move(setting));
}

std::string variable_of(const std::string& name) {
  std::string variable(kVariablePrefix);
  for (const char c : name)
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

std::string name_of_variable(std::string_view variable) {
  std::string name;
  for (const char c : variable.substr(kVariablePrefix.size())) {
    name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::vector<po::option> parse_arguments(const std::vector<std::string>& arguments,
                                        const po::options_description& description) {
  using namespace po::command_line_style;
  try {
    return po::command_line_parser(arguments)
        .options(description)
        .allow_unregistered()
        .style(allow_long | long_allow_adjacent | long_allow_next)
        .run()
        .options;
  } catch (const po::error& error) {
    // All values are text to Boost, so that a missing one is what can be wrong.
    for (const std::string& argument : arguments) {
      const bool last = &argument == &arguments.back() || (&argument)[1].starts_with("--");
      const Option* option = find_option(argument.substr(std::min<std::size_t>(2, argument.size())));
      if (argument.ends_with('=') || (last && option != nullptr && !option->value_optional())) {
        throw usage(text(argument.substr(0, argument.find('=')), " needs a value"));
      }
    }
    throw usage(error.what());
  }
}

/// What an option's name alone means.
std::string implied_value(const Option& option) {
  return option.argument.empty() ? "on" : kNewestCheckpoint;
}

}  // namespace

std::vector<Setting> command_line_settings(const std::vector<std::string>& arguments) {
  std::vector<Setting> settings;
  const po::options_description description = boost_options();
  for (const po::option& parsed : parse_arguments(arguments, description)) {
    if (parsed.position_key >= 0) throw usage(text("unexpected argument '", parsed.value.front(), "'"));
    const std::string& name = parsed.string_key;
    const Option* option = option_for(name, Place::kCommandLine);
    if (option == nullptr) {
      throw usage(text("unknown option --", name, "; did you mean --",
                       nearest_option(name, Place::kCommandLine), "?"));
    }
    const bool bare = parsed.value.empty();
    if (!bare && parsed.original_tokens.size() == 2 && parsed.value.front().starts_with("--")) {
      throw usage(text("--", name, " needs a value"));
    }
    const std::string value = bare ? implied_value(*option) : parsed.value.front();
    add_once(settings, {option, value, text("--", name, bare ? "" : " " + value)}, "--" + name);
  }
  return settings;
}

std::vector<Setting> environment_settings(const std::vector<std::string>& environment) {
  std::vector<Setting> settings;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(kVariablePrefix)) continue;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string variable = entry.substr(0, equals);
    const Option* option = option_for(name_of_variable(variable), Place::kNotInFile);
    if (option == nullptr || variable != variable_of(option->name)) {
      const std::string nearest = variable_of(nearest_option(name_of_variable(variable), Place::kNotInFile));
      throw usage(text("unknown variable ", variable, "; did you mean ", nearest, "?"));
    }
    add_once(settings, {option, entry.substr(std::min(equals + 1, entry.size())), entry}, variable);
  }
  return settings;
}

std::vector<Setting> file_settings(const std::string& file) {
  std::ifstream in(file);
  in.peek();  // a folder opens, but cannot be read
  if (in.bad() || !in.is_open())
    throw Error(ExitCode::kNoInput, text("cannot read the configuration file ", file));
  std::vector<Setting> settings;
  try {
    for (const po::option& parsed : po::parse_config_file(in, boost_options(), true).options) {
      const std::string& name = parsed.string_key;
      const Option* option = option_for(name, Place::kAnywhere);
      if (option == nullptr) {
        const std::string nearest = nearest_option(name, Place::kAnywhere);
        throw usage(text(file, ": unknown key '", name, "'; did you mean '", nearest, "'?"));
      }
      const std::string& value = parsed.value.front();
      add_once(settings, {option, value, text(file, ": ", name, " = ", value)}, text(file, ": '", name, "'"));
    }
  } catch (const po::error& error) {
    throw usage(text(file, ": ", error.what()));
  }
  return settings;
}

}  // namespace ktrain
