#include "config/batch_scaling_group.h"

#include <initializer_list>
#include <utility>

#include "config/option_binding.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr Commands kRebatch = only(Command::kRebatch);
constexpr Commands kWithBase = only(Command::kTrain) | only(Command::kInspect);
constexpr Commands kScaled = kWithBase | kRebatch;

/// An option whose values are names of an enum's.
template <typename E>
Option named_choice(const std::string& name, const std::string& help, E ScalingOptions::*member,
                    std::initializer_list<std::pair<const char*, E>> given) {
  const std::vector<std::pair<std::string, E>> choices(given.begin(), given.end());
  std::vector<std::string> names;
  std::string argument;
  for (const auto& choice : choices) {
    names.push_back(choice.first);
    argument += (argument.empty() ? "" : "|") + choice.first;
  }
  Option option{name, argument, kScaled, help, ""};
  option.set = [=](RunConfig& config, const std::string& value) {
    const std::string chosen = parse_choice(value, names);
    for (const auto& choice : choices) {
      if (choice.first == chosen) config.scaling.*member = choice.second;
    }
  };
  option.get = [=](const RunConfig& config) -> FieldValue {
    for (const auto& choice : choices) {
      if (choice.second == config.scaling.*member) return choice.first;
    }
    return {};
  };
  return option;
}

constexpr std::pair<const char*, double CustomFactors::*> kFactors[] = {
    {"learning_rate", &CustomFactors::learning_rate},
    {"momentum_power", &CustomFactors::momentum_power},
    {"beta_1_power", &CustomFactors::beta_1_power},
    {"beta_2_power", &CustomFactors::beta_2_power},
    {"epsilon", &CustomFactors::epsilon}};

CustomFactors parse_factors(const std::string& value) {
  CustomFactors factors;
  for (const std::string& item : parse_list(value)) {
    const std::size_t equals = item.find('=');
    const std::string name = item.substr(0, equals);
    bool known = false;
    for (const auto& [key, member] : kFactors) {
      if (name != key || equals == std::string::npos) continue;
      factors.*member = parse_number(item.substr(equals + 1), kAboveZero);
      known = true;
    }
    if (!known) {
      throw Error(ExitCode::kUsage,
                  "must be NAME=X,... of learning_rate, momentum_power, beta_1_power, beta_2_power, epsilon");
    }
  }
  return factors;
}

Option custom_option() {
  Option option{
      "custom-factors", "NAME=X,...", kScaled,
      "of rule custom: factors learning_rate and epsilon, exponents momentum_power, beta_1_power and "
      "beta_2_power",
      "none"};
  option.set = [](RunConfig& config, const std::string& value) {
    config.scaling.custom.reset();
    if (value != "none") config.scaling.custom = parse_factors(value);
  };
  option.get = [](const RunConfig& config) -> FieldValue {
    if (!config.scaling.custom) return {};
    std::vector<std::string> items;
    for (const auto& [key, member] : kFactors) {
      items.push_back(std::string(key) + "=" + std::to_string(*config.scaling.custom.*member));
    }
    return items;
  };
  return option;
}

Option ramp_option() {
  Option option{
      "lr-ramp", "N|Ne", only(Command::kTrain),
      "samples (50000) or epochs (5e) over which the learning rate rises in a line from that of the "
      "batch before to that of the batch, at the beginning from that of the base batch",
      "it jumps"};
  option.set = [](RunConfig& config, const std::string& value) {
    config.lr_ramp.reset();
    if (value != "none") config.lr_ramp = parse_stretch(value);
  };
  option.get = [](const RunConfig& config) -> FieldValue {
    if (!config.lr_ramp) return {};
    return text_of(*config.lr_ramp);
  };
  return option;
}

Option adapt_every_option() {
  Option option{"adapt-every", "N|Ne", only(Command::kTrain),
                "samples (50000) or epochs (2e) between two decisions on the adaptive batch", ""};
  option.set = [](RunConfig& config, const std::string& value) { config.adapt_every = parse_stretch(value); };
  option.get = [](const RunConfig& config) -> FieldValue { return text_of(config.adapt_every); };
  return option;
}

std::vector<Option> adaptive_batch_options() {
  constexpr Commands kTrain = only(Command::kTrain);
  return {bound({"adaptive-batch", "X", kTrain,
                 "let the global batch follow the measured noise scale: so large that a sample still makes X "
                 "(0.8) of the progress that it makes at the base batch (Qiao et al., Pollux); changes that "
                 "gain more than 5 %, at most doubling it, with the rule's hyperparameters",
                 "the global batch throughout"},
                &RunConfig::adaptive_batch, number(kAboveZero, kBelowOne)),
          bound({"min-batch", "N", kTrain, "the smallest adaptive batch", "the base batch"},
                &RunConfig::min_batch, whole(1)),
          bound({"max-batch", "N", kTrain, "the largest adaptive batch, no more than the data's samples",
                 "16 base batches"},
                &RunConfig::max_batch, whole(1)),
          adapt_every_option()};
}

}  // namespace

OptionGroup batch_scaling_group() {
  using S = ScalingOptions;
  return {
      "Batch scaling, where the global batch is not the one for which the hyperparameters were chosen",
      {bound({"base-batch", "N", kWithBase, "the global batch for which they were chosen",
              "what the model's file says, else the global batch"},
             &RunConfig::base_batch, whole(1)),
       bound({"from", "N", kRebatch, "the global batch of the file's numbers", "what the file says"},
             &RunConfig::from_batch, whole(1)),
       bound({"to", "N", kRebatch, "the global batch to change them for"}, &RunConfig::global_batch,
             whole(1)),
       bound({"rule", "NAME", kScaled,
              "what follows for learning rate, momentum and betas: none, linear, sqrt, momentum_raise, "
              "half_life, adam_sde, adam_drift, half_life_tokens, surge_guard, legw, lamb, adascale (SGD's "
              "learning rate follows the measured noise scale), custom; auto: "
              "what is best known for the optimizer"},
             in(&RunConfig::scaling, &S::rule), anything()),
       bound(
           {"noise-scale", "X", kScaled, "the gradient noise scale in samples, where it is known", "unknown"},
           &RunConfig::noise_scale, number(0)),
       bound({"momentum-floor", "X", kScaled, "below which half_life lowers no momentum; 0: none"},
             in(&RunConfig::scaling, &S::momentum_floor), number(0, kBelowOne)),
       bound({"beta-1-floor", "X", kScaled, "below which beta^kappa lowers no beta_1; 0: none"},
             in(&RunConfig::scaling, &S::beta_1_floor), number(0, kBelowOne)),
       bound({"surge-guard", "", kScaled,
              "raise the learning rate no further than for a batch of the noise scale"},
             in(&RunConfig::scaling, &S::surge_guard), parse_switch),
       named_choice("decay-scaling", "the decoupled weight decay", &S::decay,
                    {{"per_sample", DecayScaling::kPerSample}, {"fixed", DecayScaling::kFixed}}),
       named_choice("ema-scaling", "momentum of the weights' moving average: to the power kappa, or as it is",
                    &S::ema, {{"pow", AverageScaling::kPow}, {"fixed", AverageScaling::kFixed}}),
       named_choice("batchnorm-momentum", "that of BatchNormalization's statistics: the same",
                    &S::batch_normalization,
                    {{"pow", AverageScaling::kPow}, {"fixed", AverageScaling::kFixed}}),
       named_choice(
           "clip-scaling",
           "thresholds of norms: as they are, or exceeded as often as before (needs the noise scale)",
           &S::clip, {{"fixed", ClipScaling::kFixed}, {"match_rate", ClipScaling::kMatchRate}}),
       named_choice("beta-form", "of adam_sde: beta^kappa or 1 - kappa(1 - beta)", &S::beta_form,
                    {{"power", BetaForm::kPower}, {"linear", BetaForm::kLinear}}),
       named_choice(
           "state-conversion",
           "the optimizer's state that was gathered at another batch: convert it to the mean that it "
           "would have, keep it, begin anew; auto: convert it when the batch shrinks",
           &S::state,
           {{"auto", StateConversion::kAuto},
            {"none", StateConversion::kNone},
            {"mean", StateConversion::kMean},
            {"reset", StateConversion::kReset}}),
       custom_option()}};
}

OptionGroup batch_change_group() {
  OptionGroup group = {
      "A batch that changes within a run",
      {bound({"batch-schedule", "EPOCH:N,...", only(Command::kTrain),
              "let the global batch change at epochs, counted from 0: 0:128,5:512,8:2048; the rule says what "
              "follows, rule none keeps the learning rate (Smith et al.: a larger batch in the place of a "
              "decay)",
              "the global batch throughout"},
             &RunConfig::batch_schedule, parse_batch_schedule),
       ramp_option(),
       bound({"momentum-correction", "on|off", only(Command::kTrain),
              "along the ramp the velocity, which holds the learning rate, rises with it (Goyal et al.)"},
             &RunConfig::momentum_correction, parse_switch),
       bound({"measure-noise-scale", "", only(Command::kTrain),
              "measure the gradient noise scale now and then, from eight parts of a batch or its shards, for "
              "the "
              "log and each epoch's end"},
             &RunConfig::measure_noise_scale, parse_switch),
       bound({"noise-scale-every", "N", only(Command::kTrain), "samples between two measurements",
              "30000 or, if that is more, 100 batches: less than 1 % of the time; with --adaptive-batch no "
              "more than an eighth of --adapt-every"},
             &RunConfig::noise_scale_every, whole(1)),
       bound({"from-log", "FILE", only(Command::kNoiseScale),
              "measure nothing, and draw what a training measured whose --log this is"},
             &RunConfig::from_log, anything()),
       bound({"svg", "FILE", only(Command::kNoiseScale),
              "the image to write of it: noise scale, its 95 % interval and the batch over the samples"},
             &RunConfig::svg, anything())}};
  for (Option& option : adaptive_batch_options()) group.options.push_back(std::move(option));
  return group;
}

}  // namespace ktrain
