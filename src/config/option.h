#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/run_config.h"

namespace ktrain {

/// The value of --resume that is not a file.
inline constexpr const char* kNewestCheckpoint = "newest";

/// Commands that an option belongs to, one bit each.
using Commands = unsigned;
constexpr Commands only(Command command) {
  return 1U << static_cast<unsigned>(command);
}

/// Where an option may be set.
enum class Place { kAnywhere, kNotInFile, kCommandLine };

/// One setting: its name in every place ("global-batch", KTRAIN_GLOBAL_BATCH), what it means, and how its
/// text becomes a member of RunConfig and back.
struct Option {
  std::string name;
  std::string argument;  ///< what stands for the value in the help; empty for a switch; "[X]" where it may be
                         ///< left out
  Commands commands = 0;
  std::string help = {};
  std::string default_note = {};  ///< the default in words, where it is not a value of its own
  std::function<void(RunConfig&, const std::string&)> set = {};
  std::function<FieldValue(const RunConfig&)> get = {};
  Place place = Place::kAnywhere;

  bool belongs_to(Command command) const { return (commands & only(command)) != 0; }
  /// True when the name alone sets it.
  bool value_optional() const { return argument.empty() || argument.front() == '['; }
};

struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

/// Every option there is.
const std::vector<OptionGroup>& option_groups();
/// The option of this name, or nullptr.
const Option* find_option(const std::string& name);

}  // namespace ktrain
