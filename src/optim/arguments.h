#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ktrain/optim/optimizer_options.h"

namespace ktrain {

/// One of OptimizerOptions' members under Keras's name.
struct OptimizerArgument {
  using Member =
      std::variant<std::optional<double> OptimizerOptions::*, std::optional<std::int64_t> OptimizerOptions::*,
                   std::optional<bool> OptimizerOptions::*, std::vector<std::string> OptimizerOptions::*>;
  std::string_view name;
  Member member;
  double low, high;  ///< of a number
  bool common;       ///< every optimizer has it
  bool given(const OptimizerOptions& options) const;
};

/// Every one but `schedule` and `name`.
std::span<const OptimizerArgument> optimizer_arguments();
/// Null when there is none of this name.
const OptimizerArgument* find_optimizer_argument(std::string_view name);

}  // namespace ktrain
