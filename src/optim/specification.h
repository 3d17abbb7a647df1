#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktrain {

/// A class with arguments as an option's value: "cosine_decay:decay_steps=1000,alpha=0.1".
struct ClassSpecification {
  std::string name;
  std::vector<std::pair<std::string, std::string>> arguments;
};

/// Throws Error{kUsage} for an argument without "=" or one given twice. `what` says in errors what is
/// specified.
ClassSpecification parse_class_specification(std::string_view what, const std::string& specification);

// Arguments' values. All throw Error{kUsage} that names the argument.
double number_argument(const std::string& name, const std::string& value);
bool switch_argument(const std::string& name, const std::string& value);
/// The items between slashes: "2/5".
std::vector<std::string> list_argument(const std::string& value);

}  // namespace ktrain
