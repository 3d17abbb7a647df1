#include <algorithm>
#include <limits>

#include "config/batch_scaling_group.h"
#include "config/option.h"
#include "config/option_binding.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr Commands kTrain = only(Command::kTrain);
constexpr Commands kGradients = kTrain | only(Command::kNoiseScale);
constexpr Commands kWithMetrics = kTrain | only(Command::kEvaluate);
constexpr Commands kWithLoss = kGradients | kWithMetrics;
constexpr Commands kRecalibrate = only(Command::kRecalibrate);
constexpr Commands kWithData = kWithLoss | only(Command::kPredict) | kRecalibrate;
constexpr Commands kInspect = only(Command::kInspect);
constexpr Commands kWritesFile = only(Command::kConvert) | only(Command::kRebatch);
constexpr Commands kAll = kWithData | only(Command::kSummary) | kInspect | kWritesFile;

OptionGroup data_options() {
  return {"Model and data",
          {bound({"model", "FILE", kAll,
                  "a Keras model: .keras, .h5, or an architecture as model.to_json() writes it"},
                 &RunConfig::model, anything()),
           bound({"data", "DATA", kWithData,
                  "samples: idx:DIR[,split=train|test], npz:FILE, npy:FILE[,y=FILE], hdf5:FILE, "
                  "csv:FILE,label=COLUMN, "
                  "images:DIR[,size=HxW], tfrecord:PATTERN,x=FEATURE:TYPE[SHAPE],y=..., synthetic:...",
                  "Fashion-MNIST, to train and recalibrate its training images, else its test images"},
                 &RunConfig::data, anything()),
           bound({"validation-data", "DATA", kTrain, "samples to validate on after each epoch, or none",
                  "with the default data its test images, else none"},
                 &RunConfig::validation_data, anything()),
           bound({"validation-split", "X", kTrain,
                  "share of the data, from its end, to validate on instead of training"},
                 &RunConfig::validation_split, number(0, kBelowOne)),
           bound({"weights", "FILE", kWithData,
                  "weights to begin with: a .weights.h5 of Keras or a checkpoint", "new ones from the seed"},
                 &RunConfig::weights, anything()),
           bound({"reset-optimizer", "", kTrain,
                  "begin with a new optimizer though the model's file has its state"},
                 &RunConfig::reset_optimizer, parse_switch),
           bound({"save", "FILE", kTrain | kWritesFile | kRecalibrate,
                  "write the final model for Keras: .keras, .h5 or .weights.h5, as the ending says"},
                 &RunConfig::save, anything()),
           bound({"out", "FILE", only(Command::kPredict),
                  "write the predictions as .npy, a row for each sample in order"},
                 &RunConfig::out, anything())}};
}

/// N of "ghost:N", or 0 for another value.
std::int64_t ghost_samples(const std::string& value) {
  const std::string prefix = "ghost:";
  if (!value.starts_with(prefix)) return 0;
  try {
    return parse_whole(value.substr(prefix.size()), 2);
  } catch (const Error& error) {
    throw Error(error.code(), text("N ", error.what()));
  }
}

Option batchnorm_option() {
  Option option{
      "batchnorm", "global|ghost:N|local", kTrain,
      "BatchNormalization over the global batch, over each N samples of it in their order, whichever "
      "workers compute them, or over each worker's share as other frameworks do",
      ""};
  option.set = [](RunConfig& config, const std::string& value) {
    config.ghost_batchnorm = ghost_samples(value);
    config.global_batchnorm =
        config.ghost_batchnorm > 0 || parse_choice(value, {"global", "ghost:N", "local"}) == "global";
  };
  option.get = [](const RunConfig& config) {
    if (config.ghost_batchnorm > 0) return text("ghost:", config.ghost_batchnorm);
    return std::string(config.global_batchnorm ? "global" : "local");
  };
  return option;
}

Option crossentropy_option() {
  Option option{
      "crossentropy", "clipped|fused", kWithLoss,
      "of probabilities: as Keras, which clips them to [1e-7, 1 - 1e-7] and has no gradient beyond, or "
      "computed together with the softmax or sigmoid before it, exact however sure the model is",
      ""};
  option.set = [](RunConfig& config, const std::string& value) {
    config.fused_crossentropy = parse_choice(value, {"clipped", "fused"}) == "fused";
  };
  option.get = [](const RunConfig& config) {
    return std::string(config.fused_crossentropy ? "fused" : "clipped");
  };
  return option;
}

std::string parse_stratify(const std::string& value) {
  return parse_choice(value, {"off", "proportional", "balanced"});
}

Option class_weight_option() {
  return bound(
      {"class-weight", "CLASS=X,...", kGradients,
       "weights of the samples of a class in training (others 1), for one output with integer or one-hot "
       "targets; times the sample weights where the data has such; or a file of such items, or balanced: "
       "samples / (classes * samples of the class)",
       "none"},
      &RunConfig::class_weight, parse_class_weights);
}

OptionGroup training_options() {
  return {
      "Training",
      {bound({"batch", "N", only(Command::kEvaluate) | only(Command::kPredict), "the same as --global-batch"},
             &RunConfig::global_batch, whole(1)),
       bound({"global-batch", "N", kWithData | kInspect,
              "samples of one step over all workers, however many there are"},
             &RunConfig::global_batch, whole(1)),
       bound({"epochs", "N", kTrain, "passes over the data"}, &RunConfig::epochs, whole(1)),
       bound({"steps", "N", kGradients,
              "end after so many optimizer steps of the run; noise-scale: after so many batches",
              "no such limit; noise-scale: an epoch"},
             &RunConfig::steps, whole(1)),
       bound({"loss", "NAME", kWithLoss,
              "Keras's name of the loss, or OUTPUT=NAME,... of each output's; with arguments as "
              "dice:axis=1/2 or huber:delta=2"},
             &RunConfig::losses, parse_list),
       bound({"loss-weights", "X", kWithLoss, "factors of the outputs' losses, OUTPUT=X,...", "1"},
             &RunConfig::loss_weights, parse_list),
       class_weight_option(),
       bound({"from-logits", "", kWithLoss, "the model's output has no softmax or sigmoid"},
             in(&RunConfig::loss_options, &LossOptions::from_logits), parse_switch),
       crossentropy_option(),
       bound({"label-smoothing", "X", kWithLoss, "of the cross-entropies"},
             in(&RunConfig::loss_options, &LossOptions::label_smoothing), number(0, 1)),
       bound({"huber-delta", "X", kWithLoss, "where the loss huber becomes linear"},
             in(&RunConfig::loss_options, &LossOptions::delta), number(kAboveZero)),
       bound(
           {"metrics", "NAMES", kWithMetrics,
            "Keras's names of metrics with commas between them, or none; with arguments as auc:curve=PR, of "
            "one output as OUTPUT=NAME"},
           &RunConfig::metrics, parse_list),
       bound({"weighted-metrics", "NAMES", kWithMetrics, "the same, with sample weights", "none"},
             &RunConfig::weighted_metrics, parse_list),
       bound({"seed", "N", kGradients | kRecalibrate, "of initial weights, sample order and Dropout"},
             &RunConfig::seed, whole(0)),
       bound({"shuffle", "on|off", kGradients | kRecalibrate, "another order of samples in each epoch"},
             &RunConfig::shuffle, parse_switch),
       bound({"stratify", "off|proportional|balanced", kGradients,
              "every batch has the classes of the integer or one-hot targets in the data's proportions, each "
              "sample once an epoch; or in equal numbers, samples of rare classes more often than others"},
             &RunConfig::stratify, parse_stratify),
       bound({"reset-states", "", kWithData,
              "stateful layers begin each epoch with zeros, and may have another batch than the model's file "
              "fixes"},
             &RunConfig::reset_states, parse_switch),
       batchnorm_option(),
       bound({"recalibrate", "", kTrain,
              "in the end, before --save, estimate BatchNormalization's moving statistics anew: plain means "
              "over global batches of the training data, weights as they are and Dropout off"},
             &RunConfig::recalibrate, parse_switch),
       bound({"recalibrate-batches", "K", kTrain | kRecalibrate, "batches to estimate them from",
              "the data once, at most 200"},
             &RunConfig::recalibrate_batches, whole(1))}};
}

OptionGroup fine_tuning_options() {
  return {
      "Fine-tuning (frozen layers keep weights and statistics, and cost no backward pass and no exchange)",
      {bound({"freeze", "NAMES", kGradients,
              "layers not to be trained, by name or MODEL/NAME, with * and ?: freezes all that is in them",
              "as the model's file says"},
             in(&RunConfig::frozen, &FreezeOptions::freeze), parse_list),
       bound({"train-only", "NAMES", kGradients, "freeze all layers but these", "as the model's file says"},
             in(&RunConfig::frozen, &FreezeOptions::train_only), parse_list),
       bound({"freeze-all-but-last", "N", kGradients, "freeze all layers but so many at the model's end",
              "as the model's file says"},
             in(&RunConfig::frozen, &FreezeOptions::all_but_last), whole(0))}};
}

/// An option of the optimizer that is a number; the optimizer knows its default and its range.
Option rate(const std::string& name, std::optional<double> OptimizerOptions::*member, const std::string& help,
            const std::string& default_note = "Keras's for the optimizer") {
  return bound({name, "X", kTrain, help, default_note}, in(&RunConfig::optimizer_options, member), number(0));
}

Option rule(const std::string& name, std::optional<bool> OptimizerOptions::*member, const std::string& help,
            const std::string& default_note = "Keras's for the optimizer") {
  return bound({name, "", kTrain, help, default_note}, in(&RunConfig::optimizer_options, member),
               parse_switch);
}

Option count(const std::string& name, std::optional<std::int64_t> OptimizerOptions::*member,
             std::int64_t least, const std::string& help, const std::string& default_note) {
  return bound({name, "N", kTrain, help, default_note}, in(&RunConfig::optimizer_options, member),
               whole(least));
}

Option exclusion_option() {
  return bound({"exclude-from-weight-decay", "NAMES", kTrain,
                "variables without weight decay: regular expressions over names (bias,gamma,beta)", "none"},
               in(&RunConfig::optimizer_options, &OptimizerOptions::exclude_from_weight_decay), parse_list);
}

OptionGroup optimizer_options() {
  using O = OptimizerOptions;
  return {
      "Optimizer",
      {bound(
           {"optimizer", "NAME", kTrain,
            "sgd, rmsprop, adam, adamw, adadelta, adagrad, adamax, nadam, ftrl, lion, lamb, adafactor, muon "
            "or "
            "schedulefreeadamw; Keras's arguments may follow: ftrl:beta=0.1"},
           &RunConfig::optimizer, anything()),
       rate("lr", &O::learning_rate, "learning rate"),
       bound(
           {"lr-schedule", "NAME:...", kTrain,
            "let the learning rate follow exponential_decay, piecewise_constant_decay, polynomial_decay, "
            "inverse_time_decay, cosine_decay or cosine_decay_restarts with Keras's arguments behind it, "
            "steps "
            "counted at the base batch: cosine_decay:decay_steps=1000; begins at --lr unless it has its own "
            "initial_learning_rate; lists have slashes: boundaries=100/200"},
           &RunConfig::lr_schedule, anything()),
       rate("momentum", &O::momentum, "of sgd, rmsprop and muon"),
       rule("nesterov", &O::nesterov, "Nesterov's momentum (sgd, muon)"),
       rate("rho", &O::rho, "decay of rmsprop and adadelta"),
       rule("centered", &O::centered, "normalize by the variance (rmsprop)"),
       rate("beta-1", &O::beta_1, "decay of the first moment (adam and its relatives, lion)"),
       rate("beta-2", &O::beta_2, "decay of the second moment (adam and its relatives, lion)"),
       rule("amsgrad", &O::amsgrad, "keep the largest second moment (adam, adamw)"),
       rate("epsilon", &O::epsilon, "keeps denominators from 0"),
       rate("weight-decay", &O::weight_decay, "decoupled: weights shrink by lr times this in each step"),
       exclusion_option(),
       rate("clipnorm", &O::clipnorm, "clip the norm of each variable's gradient", "none"),
       rate("global-clipnorm", &O::global_clipnorm, "clip the norm over all gradients", "none"),
       rate("clipvalue", &O::clipvalue, "clip each element of the gradients", "none"),
       rule("use-ema", &O::use_ema, "end with the moving average of the weights", "off"),
       rate("ema-momentum", &O::ema_momentum, "of the moving average", "0.99"),
       count("ema-overwrite-frequency", &O::ema_overwrite_frequency, 1,
             "updates after which the weights become their moving average", "none"),
       count("gradient-accumulation-steps", &O::gradient_accumulation_steps, 2,
             "update once in so many steps, with the mean of their gradients", "none")}};
}

// A known name that ktrain does not do yet must not read like a misspelled one.
std::string parse_precision(const std::string& value) {
  if (value == "bfloat16" || value == "mixed_bfloat16") {
    throw Error(ExitCode::kUsage, value + " comes later; this version computes in float32");
  }
  return parse_choice(value, {"float32"});
}

std::string parse_transport(const std::string& value) {
  return parse_choice(value, {"auto", "node", "mpi"});
}

OptionGroup worker_options() {
  return {
      "Workers",
      {bound({"precision", "NAME", kWithData, "what is computed in: float32"}, &RunConfig::precision,
             parse_precision),
       bound({"threads", "N", kWithData, "threads of each worker", "what the machine leaves it"},
             &RunConfig::threads,
             [](const std::string& value) { return static_cast<int>(parse_whole(value, 1, 4096)); }),
       bound({"shard", "N", kWithData, "samples computed at a time", "a worker's share of the step"},
             &RunConfig::shard, whole(1)),
       bound({"reproducible", "", kWithData,
              "the same bits on any number of workers: sums follow one tree over shards, an eighth of the "
              "global batch unless --shard says otherwise; one thread a worker"},
             &RunConfig::reproducible, parse_switch),
       bound({"bucket-mb", "X", kGradients, "MiB of gradients that travel together"}, &RunConfig::bucket_mb,
             number(kAboveZero)),
       bound({"transport", "auto|node|mpi", kWithData,
              "how workers sum: in memory that those of one host share, or by MPI's messages; auto: the "
              "first where it is possible"},
             &RunConfig::transport, parse_transport)}};
}

Option checkpoint_every_option() {
  Option option{"checkpoint-every", "N|Ne", kTrain, "samples (50000) or epochs (1e) between checkpoints", ""};
  option.set = [](RunConfig& config, const std::string& value) {
    config.checkpoint_every = parse_stretch(value);
  };
  option.get = [](const RunConfig& config) { return text_of(config.checkpoint_every); };
  return option;
}

Option resume_option() {
  Option option{"resume", "[FILE]", kTrain,
                "continue from the newest whole checkpoint in --checkpoint-dir, or from this one"};
  option.set = [](RunConfig& config, const std::string& value) {
    config.resume = value != "none";
    config.resume_file.reset();
    if (config.resume && value != kNewestCheckpoint) config.resume_file = value;
  };
  option.get = [](const RunConfig& config) -> FieldValue {
    if (!config.resume) return {};
    return config.resume_file.value_or(kNewestCheckpoint);
  };
  return option;
}

OptionGroup checkpoint_options() {
  return {"Checkpoints",
          {bound({"checkpoint-dir", "DIR", kTrain,
                  "folder of this run's checkpoints, the newest three of which stay", "no checkpoints"},
                 &RunConfig::checkpoint_dir, anything()),
           checkpoint_every_option(), resume_option()}};
}

OptionGroup callback_options() {
  return {
      "Callbacks, with Keras's arguments as NAME=VALUE and commas between them",
      {bound({"early-stopping", "ARGUMENTS", kTrain,
              "stop when monitor=val_loss does not improve: patience, min_delta, mode, baseline, "
              "restore_best_weights, start_from_epoch",
              "none"},
             &RunConfig::early_stopping, parse_list),
       bound({"reduce-lr-on-plateau", "ARGUMENTS", kTrain,
              "reduce the learning rate when monitor=val_loss does not improve: factor, patience, min_delta, "
              "mode, cooldown, min_lr",
              "none"},
             &RunConfig::reduce_lr_on_plateau, parse_list),
       bound({"save-best", "FILE", kTrain, "write the best epoch's weights as Keras's .weights.h5"},
             &RunConfig::save_best, anything()),
       bound({"save-best-when", "ARGUMENTS", kTrain, "what is best: monitor, mode, initial_value_threshold",
              "monitor=val_loss"},
             &RunConfig::save_best_when, parse_list),
       bound({"terminate-on-nan", "", kTrain,
              "end the run, with the weights before the step, when the loss is not finite; else that is an "
              "error"},
             &RunConfig::terminate_on_nan, parse_switch),
       bound({"csv-log", "FILE", kTrain, "write a line for each epoch, as Keras's CSVLogger"},
             &RunConfig::csv_log, anything()),
       bound({"csv-separator", "C", kTrain, "between its columns; \\t is a tab"}, &RunConfig::csv_separator,
             anything()),
       bound({"csv-append", "", kTrain, "keep what the file holds; a resumed run does"},
             &RunConfig::csv_append, parse_switch)}};
}

OptionGroup report_options() {
  return {"Reports",
          {bound({"log", "FILE", kTrain, "append the run as JSON lines"}, &RunConfig::log, anything()),
           bound({"log-every", "N", kTrain, "steps between two lines of the log"}, &RunConfig::log_every,
                 whole(1)),
           bound({"log-indices", "FILE", kTrain, "write the indices of each step's samples"},
                 &RunConfig::log_indices, anything()),
           bound({"quiet", "", kWithData, "no progress"}, &RunConfig::quiet, parse_switch),
           bound({"dry-run", "", kTrain, "print which worker would take how many samples, and stop"},
                 &RunConfig::dry_run, parse_switch),
           bound({"json", "", kInspect, "print JSON"}, &RunConfig::json, parse_switch)}};
}

OptionGroup program_options() {
  OptionGroup group{
      "Program",
      {bound({"config", "FILE", kAll, "more options, one 'name = value' a line"}, &RunConfig::config_file,
             anything()),
       bound({"help", "", kAll, "print this and stop"}, &RunConfig::help, parse_switch),
       bound({"version", "", kAll, "print the version and stop"}, &RunConfig::version, parse_switch)}};
  for (Option& option : group.options) option.place = Place::kCommandLine;
  group.options.front().place = Place::kNotInFile;
  return group;
}

}  // namespace

const std::vector<OptionGroup>& option_groups() {
  static const std::vector<OptionGroup> groups{
      data_options(),       training_options(),    optimizer_options(), batch_scaling_group(),
      batch_change_group(), fine_tuning_options(), worker_options(),    checkpoint_options(),
      callback_options(),   report_options(),      program_options()};
  return groups;
}

const Option* find_option(const std::string& name) {
  for (const OptionGroup& group : option_groups()) {
    const auto found = std::ranges::find(group.options, name, &Option::name);
    if (found != group.options.end()) return &*found;
  }
  return nullptr;
}

}  // namespace ktrain
