#include "train/objective_specs.h"

#include <algorithm>

#include "core/names.h"
#include "core/text.h"

namespace ktrain {

void require_known_outputs(const ObjectiveOptions& options, std::span<const std::string> outputs) {
  const auto require = [&](const char* what, const std::string& output) {
    if (output.empty() || std::ranges::find(outputs, output) != outputs.end()) return;
    throw Error(ExitCode::kConfiguration,
                text("a ", what, " is for the output '", output, "'; the model's are: ", join(outputs)));
  };
  for (const LossSpec& spec : options.losses) require("loss", spec.output);
  for (const MetricSpec& spec : options.metrics) require("metric", spec.output);
  for (const std::string& output : outputs) {
    const auto is_own = [&](const LossSpec& spec) { return spec.output.empty() || spec.output == output; };
    if (std::ranges::none_of(options.losses, is_own)) {
      throw Error(ExitCode::kConfiguration,
                  text("the output '", output, "' has no loss; 'none' is one that does not count"));
    }
  }
}

const LossSpec* loss_of(const ObjectiveOptions& options, const std::string& output) {
  const LossSpec* found = nullptr;
  for (const LossSpec& spec : options.losses) {
    if (spec.output == output || (spec.output.empty() && found == nullptr)) found = &spec;
  }
  return found == nullptr || found->name == "none" ? nullptr : found;
}

std::vector<std::string> measured_outputs(const ObjectiveOptions& options,
                                          std::span<const std::string> outputs) {
  std::vector<std::string> measured;
  for (const std::string& output : outputs) {
    const auto is_own = [&](const MetricSpec& spec) { return spec.output.empty() || spec.output == output; };
    if (loss_of(options, output) != nullptr || std::ranges::any_of(options.metrics, is_own)) {
      measured.push_back(output);
    }
  }
  return measured;
}

std::string label_of(const MetricSpec& spec) {
  return spec.label.empty() ? spec.name : spec.label;
}

std::vector<std::string> names_of_values(const std::string& name, std::int64_t count) {
  if (count == 1) return {name};
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(text(name, '[', i, ']'));
  return names;
}

}  // namespace ktrain
