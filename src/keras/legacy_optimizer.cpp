#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "keras/h5_string_list.h"
#include "keras/legacy_h5.h"
#include "keras/optimizer_variables.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kGroup = "optimizer_weights";

/// The last word of Keras 2's names, "Adam/m/dense/kernel:0" or "Adam/dense/kernel/m:0", for Keras 3's
/// variables.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"m", "momentum"},
                                                                    {"v", "velocity"},
                                                                    {"vhat", "velocity_hat"},
                                                                    {"momentum", "momentum"},
                                                                    {"rms", "velocity"},
                                                                    {"velocity", "velocity"},
                                                                    {"accumulator", "accumulator"},
                                                                    {"accum_grad", "accumulated_grad"},
                                                                    {"accum_var", "accumulated_delta_var"}};

/// True when one of the name's parts is a word of Keras 2 for the variable `name`.
bool stands_for(const std::string& written, const std::string& name) {
  const std::string bare = written.substr(0, written.rfind(':'));
  return std::ranges::any_of(kWords, [&](const auto& word) {
    if (word.second != name) return false;
    const std::string part(word.first);
    return bare.ends_with("/" + part) || bare.find("/" + part + "/") != std::string::npos;
  });
}

bool is_keras2(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(":0"); });
}

/// Keras 2's names in the order of Keras 3's variables: the iteration, then for each variable the first name
/// of its kind that is left. Those that Keras 3 has not (SGD's momentum of rate 0) stay away.
std::vector<std::string> in_order_of_keras3(const H5Reader& file, std::vector<std::string> names,
                                            const FlatParameters& parameters, Optimizer& optimizer) {
  std::vector<std::string> ordered{names.at(0)};
  names.erase(names.begin());
  for (const OptimizerVariable& variable : optimizer.variables(parameters)) {
    const auto found =
        std::ranges::find_if(names, [&](const std::string& name) { return stands_for(name, variable.name); });
    if (found == names.end()) {
      throw Error(ExitCode::kData,
                  text(file.file(), ": the optimizer's variable ", variable.name, " of ", variable.parameter,
                       " is missing; --reset-optimizer begins without them"));
    }
    ordered.push_back(*found);
    names.erase(found);
  }
  return ordered;
}

}  // namespace

bool read_legacy_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer) {
  if (!file.is_group(kGroup)) return false;
  std::vector<std::string> names = read_string_list(file, kGroup, "weight_names");
  if (names.empty()) return false;
  if (is_keras2(names)) names = in_order_of_keras3(file, std::move(names), parameters, optimizer);
  for (std::string& name : names) name = text(kGroup, '/', name);
  read_optimizer_at(file, names, parameters, optimizer);
  return true;
}

void write_legacy_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer) {
  const std::string scope = snake_case(optimizer.class_name()) + "/";
  std::vector<std::string> names{scope + "iteration"};
  if (!optimizer.options().schedule) names.push_back(scope + "learning_rate");
  for (const OptimizerVariable& variable : optimizer.variables(parameters)) {
    std::string owner = variable.parameter;
    std::ranges::replace(owner, '/', '_');
    names.push_back(scope + (owner.empty() ? "" : owner + "_") + variable.name);
  }
  std::vector<std::string> paths;
  for (const std::string& name : names) paths.push_back(text(kGroup, '/', name));
  write_optimizer_at(file, paths, parameters, optimizer);
  write_string_list(file, kGroup, "weight_names", names);
}

}  // namespace ktrain
