#include "ktrain/keras/freeze.h"

#include <fnmatch.h>

#include <algorithm>
#include <functional>

#include "core/names.h"
#include "core/text.h"
#include "keras/json.h"
#include "keras/layer_objects.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// A layer, and what it wraps or contains.
void set_trainable(Json& object, bool trainable) {
  const auto set = [&](Json& layer, const std::string&) {
    if (string_member(layer, "class_name") != "InputLayer" && layer["config"].is_object())
      layer["config"]["trainable"] = trainable;
  };
  if (!object.is_object() || !object.contains("config")) return;
  set(object, "");
  visit_layers(object, set);
}

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

/// Patterns, and which of them have been met.
class Patterns {
 public:
  explicit Patterns(const std::vector<std::string>& patterns) : patterns_(patterns), met_(patterns.size()) {}

  bool match(const std::string& name, const std::string& path) {
    names_.push_back(name);
    bool any = false;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!matches(patterns_[i], name) && !matches(patterns_[i], path)) continue;
      met_[i] = any = true;
    }
    return any;
  }

  void require_all_met(const char* option) const {
    const auto missed = std::ranges::find(met_, false);
    if (missed == met_.end()) return;
    throw Error(ExitCode::kConfiguration, text("--", option, ": no layer matches '",
                                               patterns_[static_cast<std::size_t>(missed - met_.begin())],
                                               "'; the layers are: ", join(names_)));
  }

 private:
  const std::vector<std::string>& patterns_;
  std::vector<bool> met_;
  std::vector<std::string> names_;
};

/// Calls `visit(layer, name, path)` for the layers of a model, and for those within one where it returns
/// true.
void walk(Json& model, const std::string& scope,
          const std::function<bool(Json&, const std::string&, const std::string&)>& visit) {
  Json* layers = layers_of(model);
  if (layers == nullptr || !layers->is_array()) return;
  for (Json& layer : *layers) {
    if (!layer.is_object() || string_member(layer, "class_name") == "InputLayer") continue;
    const std::string name = name_of_layer(layer);
    if (visit(layer, name, scope + name)) walk(layer, scope + name + "/", visit);
  }
}

void freeze_matching(Json& model, const std::vector<std::string>& wanted) {
  Patterns patterns(wanted);
  walk(model, "", [&](Json& layer, const std::string& name, const std::string& path) {
    if (patterns.match(name, path)) set_trainable(layer, false);
    return true;
  });
  patterns.require_all_met("freeze");
}

void train_matching(Json& model, const std::vector<std::string>& wanted) {
  Patterns patterns(wanted);
  walk(model, "", [&](Json& layer, const std::string& name, const std::string& path) {
    const bool trained = patterns.match(name, path);
    set_trainable(layer, trained);
    return !trained;
  });
  patterns.require_all_met("train-only");
}

void freeze_all_but_last(Json& model, std::int64_t count) {
  Json* layers = layers_of(model);
  if (layers == nullptr || !layers->is_array()) return;
  const auto size = static_cast<std::int64_t>(layers->size());
  for (std::int64_t i = 0; i + count < size; ++i)
    set_trainable((*layers)[static_cast<std::size_t>(i)], false);
}

}  // namespace

std::string freeze_layers(const std::string& description, const FreezeOptions& options) {
  Json model = parse_json(description, "the model");
  if (!options.freeze.empty()) freeze_matching(model, options.freeze);
  if (!options.train_only.empty()) train_matching(model, options.train_only);
  if (options.all_but_last) freeze_all_but_last(model, *options.all_but_last);
  return dump_json(model);
}

}  // namespace ktrain
