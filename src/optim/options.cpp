#include "optim/options.h"

#include <algorithm>
#include <limits>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

class Checker {
 public:
  Checker(const std::string& class_name, std::initializer_list<std::string_view> own)
      : class_name_(class_name), own_(own) {}

  void flag(bool given, const char* name) const {
    if (given && std::ranges::find(own_, name) == own_.end()) refuse("takes no ", name);
  }
  void own(const std::optional<double>& value, const char* name, double low, double high) const {
    flag(value.has_value(), name);
    common(value, name, low, high);
  }
  void common(const std::optional<double>& value, const char* name, double low, double high) const {
    if (!value || (low <= *value && *value <= high)) return;
    if (high == kLargest) refuse(name, "=", *value, " must be a number not below ", low);
    refuse(name, "=", *value, " is outside [", low, ", ", high, "]");
  }
  template <typename... Values>
  [[noreturn]] void refuse(const Values&... values) const {
    throw Error(ExitCode::kConfiguration, text("optimizer ", class_name_, ": ", values...));
  }

 private:
  const std::string& class_name_;
  std::initializer_list<std::string_view> own_;
};

}  // namespace

void check_options(const std::string& class_name, const OptimizerOptions& options,
                   std::initializer_list<std::string_view> own) {
  const Checker checker(class_name, own);
  checker.own(options.momentum, "momentum", 0, 1);
  checker.flag(options.nesterov, "nesterov");
  checker.own(options.rho, "rho", 0, 1);
  checker.flag(options.centered, "centered");
  checker.own(options.beta_1, "beta_1", 0, 1);
  checker.own(options.beta_2, "beta_2", 0, 1);
  checker.flag(options.amsgrad, "amsgrad");
  checker.own(options.epsilon, "epsilon", 0, kLargest);
  checker.common(options.learning_rate, "learning_rate", 0, kLargest);
  checker.common(options.weight_decay, "weight_decay", 0, kLargest);
  checker.common(options.clipnorm, "clipnorm", 0, kLargest);
  checker.common(options.global_clipnorm, "global_clipnorm", 0, kLargest);
  checker.common(options.clipvalue, "clipvalue", 0, kLargest);
  if (options.clipnorm.has_value() + options.global_clipnorm.has_value() + options.clipvalue.has_value() >
      1) {
    checker.refuse("only one of clipnorm, global_clipnorm and clipvalue can be set");
  }
}

}  // namespace ktrain
