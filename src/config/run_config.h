#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ktrain/core/field.h"
#include "ktrain/keras/freeze_options.h"
#include "ktrain/nn/loss_options.h"
#include "ktrain/optim/optimizer_options.h"
#include "scaling/scaling_options.h"

namespace ktrain {

enum class Command {
  kTrain,
  kEvaluate,
  kPredict,
  kSummary,
  kConvert,
  kInspect,
  kRebatch,
  kRecalibrate,
  kNoiseScale
};

/// The name as on the command line: "train".
std::string name_of(Command command);

/// A stretch of training: how far apart two checkpoints are, how long a ramp is. Counted in samples or
/// epochs, never in steps, so that it does not depend on the batch. One of the two is not 0.
struct Stretch {
  std::int64_t epochs = 1;
  std::int64_t samples = 0;
};

/// Every setting of a run. The members' values are the defaults; `--help` (options.cpp) says what each means.
/// Absent optionals are settings whose default follows from others. Made by read_run_config, which has
/// checked each value's range; whether names of optimizers, losses, metrics and datasets exist is checked by
/// their factories.
struct RunConfig {
  Command command = Command::kTrain;
  /// Names of the options that were set anywhere: what a model's file says counts for the others.
  std::set<std::string> given;
  /// Only show the help or the version, whatever else is set.
  bool help = false;
  bool version = false;
  std::optional<std::string> config_file;

  std::string model = "configs/models/cnn.json";  ///< the app looks it up beside the program, too
  std::string data;                               ///< resolved: never empty after read_run_config
  std::optional<std::string> validation_data;     ///< resolved: absent means no validation data of its own
  double validation_split = 0;                    ///< in [0, 1)

  std::int64_t global_batch = 256;
  std::optional<std::int64_t> base_batch;   ///< absent: what the model's file says, else the global batch
  std::optional<std::int64_t> from_batch;   ///< rebatch: of the file's numbers; absent: what the file says
  std::optional<double> noise_scale;        ///< absent: not known
  std::vector<std::string> batch_schedule;  ///< "EPOCH:BATCH" each, from epoch 0 on
  std::optional<Stretch> lr_ramp;           ///< of the learning rate after the batch grew; absent: it jumps
  bool momentum_correction = true;          ///< along the ramp
  ScalingOptions scaling;
  bool measure_noise_scale = false;
  std::optional<std::int64_t> noise_scale_every;  ///< samples; absent: default_noise_interval of the batch
  std::optional<std::string> from_log;            ///< noise-scale: the log to draw; absent: measures
  std::optional<std::string> svg;                 ///< noise-scale: the image to write of it
  std::optional<double> adaptive_batch;   ///< the efficiency aimed at; absent: the batch is not adapted
  std::optional<std::int64_t> min_batch;  ///< absent: the base batch
  std::optional<std::int64_t> max_batch;  ///< absent: 16 times the base batch
  Stretch adapt_every;
  std::int64_t epochs = 5;
  std::optional<std::int64_t> steps;  ///< absent: no limit besides epochs
  std::string optimizer = "adam";
  OptimizerOptions optimizer_options;
  std::optional<std::string> lr_schedule;  ///< as make_learning_rate_schedule takes it
  std::vector<std::string> losses{"sparse_categorical_crossentropy"};  ///< "NAME" or "OUTPUT=NAME"
  LossOptions loss_options;                                            ///< of every loss
  bool fused_crossentropy = false;        ///< from logits where the last activation allows it
  std::vector<std::string> loss_weights;  ///< "X" or "OUTPUT=X"
  std::vector<std::string> class_weight;  ///< "CLASS=X"
  std::vector<std::string> metrics{"accuracy"};
  std::vector<std::string> weighted_metrics;

  std::int64_t seed = 0;
  bool shuffle = true;
  std::string stratify = "off";      ///< off, proportional or balanced
  bool reset_states = false;         ///< of stateful layers, at each epoch's beginning
  bool global_batchnorm = true;      ///< statistics over the global batch; false: over a worker's share
  std::int64_t ghost_batchnorm = 0;  ///< global statistics in groups of so many samples; 0: one group
  std::string precision = "float32";
  std::optional<int> threads;         ///< per worker; absent: what the machine leaves it
  std::optional<std::int64_t> shard;  ///< samples; absent: a worker's share
  bool reproducible = false;          ///< the same bits on any number of workers; the app resolves the shard
  double bucket_mb = 4;
  std::string transport = "auto";  ///< auto, node or mpi; the app puts what it is in the end

  std::optional<std::string> checkpoint_dir;
  Stretch checkpoint_every;
  bool resume = false;
  std::optional<std::string> resume_file;  ///< absent while `resume`: the newest in checkpoint_dir
  std::optional<std::string> weights;      ///< to start from: a .weights.h5 or a checkpoint
  FreezeOptions frozen;                    ///< layers that are not trained
  bool reset_optimizer = false;            ///< leave the optimizer's state in the model's file alone
  std::optional<std::string> save;  ///< the model to write at the end, in the form that its ending names
  bool recalibrate = false;         ///< train: estimate moving statistics anew in the end
  std::optional<std::int64_t> recalibrate_batches;  ///< absent: as RecalibrationOptions has it
  std::optional<std::string> out;                   ///< predict: the .npy to write

  std::vector<std::string> early_stopping;  ///< "argument=value"; empty: without. So are the next two
  std::vector<std::string> reduce_lr_on_plateau;
  std::vector<std::string> save_best_when;
  std::optional<std::string> save_best;  ///< .weights.h5 of the best epoch
  bool terminate_on_nan = false;         ///< end the run well, not with an error
  std::optional<std::string> csv_log;
  std::string csv_separator = ",";
  bool csv_append = false;

  std::optional<std::string> log;
  std::int64_t log_every = 1;              ///< steps
  std::optional<std::string> log_indices;  ///< file for the sample indices visited
  bool quiet = false;
  bool dry_run = false;
  bool json = false;  ///< inspect: print JSON
};

/// The settings of a run from the command line (`arguments`, without the program's name), then the
/// environment
/// (`NAME=value` entries; those that begin with KTRAIN_ count), then the file that --config names: the first
/// that sets something wins. Throws Error{kUsage} for an unknown name (with the nearest known one) or a value
/// out of its range, Error{kConfiguration} for settings that contradict each other, Error{kNoInput} when the
/// file is missing.
RunConfig read_run_config(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment);

/// This process's environment, as read_run_config takes it.
std::vector<std::string> process_environment();

/// The text of --help: usage, every option by group with its default, exit codes.
std::string help_text();

/// Every setting of the run's command under its option's name, for the log.
std::vector<Field> to_fields(const RunConfig& config);

}  // namespace ktrain
