#include <cmath>
#include <variant>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/optimizer.h"
#include "optim/arguments.h"
#include "optim/classes.h"
#include "optim/specification.h"

namespace ktrain {
namespace {

/// Sets the member that an argument names from its text.
struct Set {
  OptimizerOptions& options;
  const std::string& name;
  const std::string& value;

  void operator()(std::optional<double> OptimizerOptions::*member) const {
    options.*member = number_argument(name, value);
  }
  void operator()(std::optional<std::int64_t> OptimizerOptions::*member) const {
    const double number = number_argument(name, value);
    if (number != std::floor(number) || std::fabs(number) > 1e15) {
      throw Error(ExitCode::kUsage, text(name, "=", value, " is not a whole number"));
    }
    options.*member = static_cast<std::int64_t>(number);
  }
  void operator()(std::optional<bool> OptimizerOptions::*member) const {
    options.*member = switch_argument(name, value);
  }
  void operator()(std::vector<std::string> OptimizerOptions::*member) const {
    options.*member = list_argument(value);
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const std::string& specification, const OptimizerOptions& options) {
  const ClassSpecification given = parse_class_specification("optimizer", specification);
  const OptimizerClass* optimizer_class = find_optimizer_class(given.name);
  if (optimizer_class == nullptr) {
    throw Error(ExitCode::kUsage,
                text("unknown optimizer '", given.name, "'; known: ", join(optimizer_names())));
  }
  OptimizerOptions all = options;
  for (const auto& [name, value] : given.arguments) {
    const OptimizerArgument* argument = find_optimizer_argument(name);
    if (argument == nullptr) {
      throw Error(ExitCode::kUsage,
                  text("optimizer ", optimizer_class->name, ": there is no argument '", name, "'"));
    }
    if (argument->given(options)) {
      throw Error(ExitCode::kConfiguration,
                  text("optimizer ", optimizer_class->name, ": ", name, " is given twice"));
    }
    std::visit(Set{all, name, value}, argument->member);
  }
  return make_optimizer(*optimizer_class, std::move(all));
}

}  // namespace ktrain
