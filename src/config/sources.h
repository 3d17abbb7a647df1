#pragma once

#include <string>
#include <vector>

#include "config/option.h"

namespace ktrain {

/// An option that was set somewhere.
struct Setting {
  const Option* option = nullptr;
  std::string value;
  std::string place;  ///< for messages: "--epochs 3", "KTRAIN_EPOCHS=3", "run.cfg: epochs = 3"
};

// All throw Error{kUsage} for an unknown name, with the nearest known one, or for one given twice.

/// From arguments that begin behind the command.
std::vector<Setting> command_line_settings(const std::vector<std::string>& arguments);
/// From "NAME=value" entries, those whose name begins with KTRAIN_.
std::vector<Setting> environment_settings(const std::vector<std::string>& environment);
/// From a file of "name = value" lines and "#" comments. Throws Error{kNoInput} when it cannot be read.
std::vector<Setting> file_settings(const std::string& file);

}  // namespace ktrain
