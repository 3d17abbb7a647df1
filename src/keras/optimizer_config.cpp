#include "keras/optimizer_config.h"

#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "core/names.h"
#include "core/text.h"
#include "keras/schedule_config.h"
#include "ktrain/core/error.h"
#include "optim/arguments.h"
#include "optim/classes.h"

namespace ktrain {
namespace {

/// The value of one argument; false when it is of another kind.
struct Read {
  OptimizerOptions& options;
  const Json& value;

  bool operator()(std::optional<double> OptimizerOptions::*member) const {
    options.*member = number_of(value);
    return (options.*member).has_value();
  }
  bool operator()(std::optional<std::int64_t> OptimizerOptions::*member) const {
    const auto number = number_of(value);
    if (!number || *number != std::floor(*number) || std::fabs(*number) > 1e15) return false;
    options.*member = static_cast<std::int64_t>(*number);
    return true;
  }
  bool operator()(std::optional<bool> OptimizerOptions::*member) const {
    if (value.is_boolean()) options.*member = value.get<bool>();
    return value.is_boolean();
  }
  bool operator()(std::vector<std::string> OptimizerOptions::*member) const {
    if (!value.is_array()) return false;
    for (const Json& item : value) {
      if (!item.is_string()) return false;
      (options.*member).push_back(item.get<std::string>());
    }
    return true;
  }
};

/// A serialized optimizer, read argument by argument.
class Reader {
 public:
  explicit Reader(const Json& object)
      : given_(object.is_string() ? object.get<std::string>() : string_member(object, "class_name")),
        class_(find_optimizer_class(given_.substr(given_.rfind('>') + 1))) {
    if (class_ != nullptr) return;
    if (given_.ends_with("LossScaleOptimizer")) {
      fail(
          "optimizer LossScaleOptimizer is not supported: ktrain trains in float32, where a loss needs no "
          "scale; use ",
          "its inner_optimizer");
    }
    fail(given_.empty() ? brief(object) : given_,
         " is not a supported optimizer; supported: ", join(optimizer_names()));
  }

  std::unique_ptr<Optimizer> read(const Json& config) {
    for (const auto& [key, value] : config.items()) read_argument(key, value);
    if (decay_ != 0) follow_decay();
    return make_optimizer(*class_, options_);
  }

 private:
  void read_argument(const std::string& key, const Json& value) {
    if (key == "name") {
      if (value.is_string()) options_.name = value.get<std::string>();
    } else if (key == "learning_rate" || key == "lr") {
      read_learning_rate(value);
    } else if (key == "decay") {
      const auto number = number_of(value);
      if (!number && !value.is_null()) refuse(key, value);
      decay_ = number.value_or(0);
    } else if (key != "jit_compile" && key != "is_legacy_optimizer") {  // of Keras 2: no hyperparameters
      read_own(key, value);
    }
  }

  void read_learning_rate(const Json& value) {
    if (value.is_object()) {
      options_.schedule = read_schedule_config(value);
    } else {
      options_.learning_rate = number_of(value);
      if (!options_.learning_rate) refuse("learning_rate", value);
    }
  }

  void read_own(const std::string& key, const Json& value) {
    const OptimizerArgument* argument = find_optimizer_argument(key);
    if (argument == nullptr || !class_->has(key)) {
      fail("optimizer ", class_->name, ": argument '", key, "': ktrain does not know it");
    }
    // Where Keras's default is a number, null switches off; elsewhere it is the default.
    const bool off = key == "weight_decay" || key == "adam_weight_decay" || key == "rms_rate";
    if (value.is_null() && (argument->common || off || key == "exclude_layers")) {
      if (off) std::visit(Read{options_, 0.0}, argument->member);
      return;
    }
    if (key == "rms_rate" && number_of(value) == 0.0) refuse(key, value);
    if (!std::visit(Read{options_, value}, argument->member)) refuse(key, value);
  }

  void follow_decay() {
    if (options_.schedule)
      fail("optimizer ", class_->name, ": a schedule and decay together are not supported");
    ScheduleOptions schedule;
    // The first argument of every class is its learning rate.
    schedule.initial_learning_rate = options_.learning_rate.value_or(class_->arguments.front().second);
    schedule.decay_steps = 1;
    schedule.decay_rate = decay_;
    options_.learning_rate.reset();
    options_.schedule = std::make_shared<const LearningRateSchedule>("InverseTimeDecay", schedule);
  }

  [[noreturn]] void refuse(const std::string& key, const Json& value) const {
    fail("optimizer ", class_->name, ": argument '", key, "': ", brief(value), " is not supported");
  }
  template <typename... Values>
  [[noreturn]] static void fail(const Values&... values) {
    throw Error(ExitCode::kConfiguration, text(values...));
  }

  std::string given_;
  const OptimizerClass* class_;
  OptimizerOptions options_;
  double decay_ = 0;
};

struct Write {
  const OptimizerOptions& options;

  template <typename T>
  Json operator()(std::optional<T> OptimizerOptions::*member) const {
    return options.*member ? Json(*(options.*member)) : Json();
  }
  Json operator()(std::vector<std::string> OptimizerOptions::*member) const { return options.*member; }
};

// What Keras before some version does not know is left out while it is not used.
bool needed(std::string_view name, const OptimizerArgument& argument, const OptimizerOptions& options) {
  if (name == "exclude_from_weight_decay") return false;
  return (name != "loss_scale_factor" && name != "gradient_accumulation_steps") || argument.given(options);
}

/// In Keras None, which AdamW alone does not take.
bool is_off(const Optimizer& optimizer, std::string_view name, const Json& value) {
  const bool decay = name == "weight_decay" || name == "adam_weight_decay";
  return value == 0.0 && (name == "rms_rate" || (decay && optimizer.class_name() != "AdamW"));
}

}  // namespace

std::unique_ptr<Optimizer> read_optimizer_config(const Json& object) {
  static const Json kEmpty = Json::object();
  const Json& config = object.is_string() ? kEmpty : member(object, "config");
  Reader reader(object);
  return reader.read(config.is_null() ? kEmpty : config);
}

Json write_optimizer_config(const Optimizer& optimizer) {
  const OptimizerOptions& options = optimizer.options();
  const OptimizerClass& optimizer_class = *find_optimizer_class(optimizer.class_name());
  Json config = Json::object();
  for (const OptimizerArgument& argument : optimizer_arguments()) {
    if (!optimizer_class.has(argument.name) || !needed(argument.name, argument, options)) continue;
    Json value = std::visit(Write{options}, argument.member);
    config[std::string(argument.name)] = is_off(optimizer, argument.name, value) ? Json() : std::move(value);
  }
  config["use_ema"] = options.use_ema.value_or(false);
  config["ema_momentum"] = options.ema_momentum.value_or(0.99);
  // Keras keeps a constant learning rate as a float32 variable.
  config["learning_rate"] = options.schedule
                                ? write_schedule_config(*options.schedule)
                                : Json(static_cast<double>(static_cast<float>(optimizer.learning_rate())));
  config["name"] = options.name.value_or(snake_case(optimizer.class_name()));
  return {{"module", "keras.optimizers"},
          {"class_name", optimizer.class_name()},
          {"config", config},
          {"registered_name", nullptr}};
}

}  // namespace ktrain
