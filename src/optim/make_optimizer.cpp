#include <algorithm>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/optim/optimizer.h"
#include "optim/adam.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"

namespace ktrain {

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const OptimizerOptions& options) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == "sgd") return std::make_unique<Sgd>(options);
  if (lower == "adam") return std::make_unique<Adam>(options);
  if (lower == "adamw") return std::make_unique<AdamW>(options);
  if (lower == "rmsprop") return std::make_unique<RmsProp>(options);
  throw Error(ExitCode::kUsage, text("unknown optimizer '", name, "'; known: SGD, Adam, AdamW, RMSprop"));
}

}  // namespace ktrain
