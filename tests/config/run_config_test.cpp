#include "config/run_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "config/reading.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

std::string file_with(const TemporaryFolder& folder, const std::string& content) {
  std::ofstream(folder / "run.cfg") << content;
  return folder / "run.cfg";
}

TEST(RunConfig, TrainsTheCnnOnFashionMnistByDefault) {
  const RunConfig config = read({});
  EXPECT_EQ(config.command, Command::kTrain);
  EXPECT_EQ(config.model, "configs/models/cnn.json");
  EXPECT_EQ(config.data, "idx:/usr/share/datasets/fashion-mnist,split=train");
  EXPECT_EQ(config.validation_data, "idx:/usr/share/datasets/fashion-mnist,split=test");
  EXPECT_EQ(config.global_batch, 256);
  EXPECT_EQ(config.epochs, 5);
  EXPECT_EQ(config.optimizer, "adam");
  EXPECT_FALSE(config.optimizer_options.learning_rate.has_value());
  EXPECT_EQ(config.losses, Strings{"sparse_categorical_crossentropy"});
  EXPECT_EQ(config.metrics, Strings{"accuracy"});
  EXPECT_EQ(config.seed, 0);
  EXPECT_TRUE(config.shuffle && config.global_batchnorm);
}

TEST(RunConfig, CommandsComeFirst) {
  EXPECT_EQ(read({"train"}).command, Command::kTrain);
  EXPECT_EQ(read({"summary", "--model", "m.json"}).command, Command::kSummary);
  const RunConfig evaluate = read({"evaluate", "--weights", "w.weights.h5"});
  EXPECT_EQ(evaluate.command, Command::kEvaluate);
  EXPECT_EQ(evaluate.data, "idx:/usr/share/datasets/fashion-mnist,split=test");
  EXPECT_FALSE(evaluate.validation_data.has_value());
  EXPECT_EQ(read({"predict", "--weights", "w", "--out", "p.npy"}).out, "p.npy");
  expect_refused(ExitCode::kUsage, {"trian"}, "unknown command 'trian'; did you mean 'train'?");
  expect_refused(ExitCode::kUsage, {"--epochs", "3", "train"}, "unexpected argument 'train'");
  expect_refused(ExitCode::kUsage, {"convert", "a.h5"},
                 "ktrain convert needs two files: ktrain convert FROM TO");
  expect_refused(ExitCode::kUsage, {"convert"}, "ktrain convert needs two files: ktrain convert FROM TO");
  const RunConfig convert = read({"convert", "a.h5", "b.keras"});
  EXPECT_EQ(convert.command, Command::kConvert);
  EXPECT_EQ(convert.model, "a.h5");
  EXPECT_EQ(convert.save, "b.keras");
  EXPECT_TRUE(read({"evaluate", "--loss", "mse"}).given.contains("loss"));
  expect_refused(ExitCode::kUsage, {"predict", "--weights", "w"}, "ktrain predict needs --out FILE");
}

TEST(RunConfig, ClassWeightsAreClassesWithNumbers) {
  EXPECT_EQ(read({"--class-weight", "0=1.0,1=2.5"}).class_weight, (Strings{"0=1.0", "1=2.5"}));
  EXPECT_TRUE(read({}).class_weight.empty());
  const TemporaryFolder folder;
  EXPECT_EQ(read({"--config", file_with(folder, "class-weight = 0=1,-1=2e-1\n")}).class_weight,
            (Strings{"0=1", "-1=2e-1"}));
  EXPECT_EQ(read({"--class-weight", "balanced"}).class_weight, (Strings{"balanced"}));
  EXPECT_EQ(read({"--class-weight", file_with(folder, "0=1, 1=2.5\n7=3\n")}).class_weight,
            (Strings{"0=1", "1=2.5", "7=3"}));
  expect_refused(ExitCode::kNoInput, {"--class-weight", "absent.txt"},
                 "--class-weight absent.txt: cannot read class weights from 'absent.txt'");
  for (const char* bad : {"a=1", "0=x", "0=nan", "1=1,1=2", "0.5=1"}) {
    expect_error(
        ExitCode::kUsage,
        [&] {
          read({"--class-weight", bad});
        },
        "CLASS=X");
  }
}

TEST(RunConfig, CrossentropyIsKerasOrFused) {
  EXPECT_FALSE(read({}).fused_crossentropy);
  EXPECT_TRUE(read({"--crossentropy", "fused"}).fused_crossentropy);
  EXPECT_TRUE(read({"evaluate", "--weights", "w", "--crossentropy=fused"}).fused_crossentropy);
  expect_error(
      ExitCode::kUsage,
      [] {
        read({"--crossentropy", "exact"});
      },
      "clipped, fused");
}

TEST(RunConfig, TakesEveryOption) {
  const RunConfig config = read(words(
      "--model m.json --data npz:d.npz --validation-data npz:v.npz --weights w.weights.h5 --save "
      "s.weights.h5 --global-batch 250 --base-batch 125 --epochs 3 --steps 50 --loss huber --from-logits "
      "--label-smoothing 0.1 --huber-delta=2 --metrics mae,mse --seed 7 --shuffle off --batchnorm local "
      "--optimizer sgd --lr 0.01 --momentum 0.9 --nesterov --rho 0.8 --centered=on --beta-1 0.7 --beta-2 "
      "0.6 --amsgrad --epsilon 1e-8 --weight-decay 0.004 --clipnorm 1.5 --precision float32 --threads 2 "
      "--shard 32 --bucket-mb 0.5 --transport node --checkpoint-dir c --checkpoint-every 50000 --log l.jsonl "
      "--log-every 10 "
      "--log-indices i.txt --quiet --dry-run"));
  EXPECT_EQ(config.model, "m.json");
  EXPECT_EQ(config.data, "npz:d.npz");
  EXPECT_EQ(config.validation_data, "npz:v.npz");
  EXPECT_EQ(config.weights, "w.weights.h5");
  EXPECT_EQ(config.save, "s.weights.h5");
  EXPECT_EQ(config.global_batch, 250);
  EXPECT_EQ(config.base_batch, 125);
  EXPECT_EQ(config.epochs, 3);
  EXPECT_EQ(config.steps, 50);
  EXPECT_EQ(config.losses, Strings{"huber"});
  EXPECT_TRUE(config.loss_options.from_logits);
  EXPECT_EQ(config.loss_options.label_smoothing, 0.1);
  EXPECT_EQ(config.loss_options.delta, 2);
  EXPECT_EQ(config.metrics, (Strings{"mae", "mse"}));
  EXPECT_EQ(config.seed, 7);
  EXPECT_FALSE(config.shuffle || config.global_batchnorm);
  EXPECT_EQ(config.optimizer, "sgd");
  const OptimizerOptions& options = config.optimizer_options;
  EXPECT_EQ(options.learning_rate, 0.01);
  EXPECT_EQ(options.momentum, 0.9);
  EXPECT_TRUE(options.nesterov && options.centered && options.amsgrad);
  EXPECT_EQ(options.rho, 0.8);
  EXPECT_EQ(options.beta_1, 0.7);
  EXPECT_EQ(options.beta_2, 0.6);
  EXPECT_EQ(options.epsilon, 1e-8);
  EXPECT_EQ(options.weight_decay, 0.004);
  EXPECT_EQ(options.clipnorm, 1.5);
  const RunConfig more = read({"--lr-schedule", "cosine_decay:decay_steps=9", "--use-ema", "--ema-momentum",
                               "0.9", "--ema-overwrite-frequency", "3", "--gradient-accumulation-steps", "4",
                               "--exclude-from-weight-decay", "bias,gamma"});
  EXPECT_EQ(more.lr_schedule, "cosine_decay:decay_steps=9");
  EXPECT_EQ(more.optimizer_options.use_ema, true);
  EXPECT_EQ(more.optimizer_options.ema_momentum, 0.9);
  EXPECT_EQ(more.optimizer_options.ema_overwrite_frequency, 3);
  EXPECT_EQ(more.optimizer_options.gradient_accumulation_steps, 4);
  EXPECT_EQ(more.optimizer_options.exclude_from_weight_decay, (std::vector<std::string>{"bias", "gamma"}));
  EXPECT_EQ(read({"--global-clipnorm", "2"}).optimizer_options.global_clipnorm, 2);
  EXPECT_EQ(read({"--clipvalue", "3"}).optimizer_options.clipvalue, 3);
  EXPECT_EQ(config.threads, 2);
  EXPECT_EQ(config.shard, 32);
  EXPECT_EQ(config.bucket_mb, 0.5);
  EXPECT_EQ(config.transport, "node");
  EXPECT_EQ(config.checkpoint_dir, "c");
  EXPECT_EQ(config.checkpoint_every.samples, 50000);
  EXPECT_EQ(config.log, "l.jsonl");
  EXPECT_EQ(config.log_every, 10);
  EXPECT_EQ(config.log_indices, "i.txt");
  EXPECT_TRUE(config.quiet && config.dry_run);
}

TEST(RunConfig, ASwitchIsSetByItsNameOrByAValue) {
  EXPECT_TRUE(read({"--quiet"}).quiet);
  EXPECT_TRUE(read({"--quiet", "--nesterov"}).quiet);
  EXPECT_TRUE(read({"--quiet=on"}).quiet);
  EXPECT_FALSE(read({"--quiet", "off"}, {"KTRAIN_QUIET=on"}).quiet);
}

TEST(RunConfig, HelpAndVersionComeBeforeAnyComplaint) {
  EXPECT_TRUE(read({"--no-such-option", "--help"}).help);
  EXPECT_TRUE(read({"evaluate", "-h"}).help);
  EXPECT_TRUE(read({"--version"}).version);
}

TEST(RunConfig, TheCommandLineWinsOverVariablesAndTheyOverTheFile) {
  const TemporaryFolder folder;
  const std::string file =
      file_with(folder, "# a comment\nepochs = 1\nglobal-batch = 1 # and another\nseed = 1\n\n");
  const Strings environment{"KTRAIN_GLOBAL_BATCH=2", "KTRAIN_SEED=2", "PATH=/bin", "KTRAINX=1"};
  const RunConfig config = read({"--config", file, "--seed", "3"}, environment);
  EXPECT_EQ(config.epochs, 1);
  EXPECT_EQ(config.global_batch, 2);
  EXPECT_EQ(config.seed, 3);
  EXPECT_EQ(config.config_file, file);
  EXPECT_EQ(read({}, {"KTRAIN_CONFIG=" + file}).epochs, 1);
  EXPECT_EQ(read({"--config", "none"}, {"KTRAIN_CONFIG=" + file}).epochs, 5);
}

TEST(RunConfig, UnknownNamesAreRefusedWithTheNearestKnownOne) {
  const TemporaryFolder folder;
  expect_refused(ExitCode::kUsage, {"--epoch", "3"}, "unknown option --epoch; did you mean --epochs?");
  expect_refused(ExitCode::kUsage, {"--learning-rate", "1"},
                 "unknown option --learning-rate; did you mean --lr?");
  expect_refused(ExitCode::kUsage, {"--batch-size=1"},
                 "unknown option --batch-size; did you mean --global-batch?");
  expect_refused(ExitCode::kUsage, {"--beta_1", "1"}, "unknown option --beta_1; did you mean --beta-1?");
  expect_refused(ExitCode::kUsage, {}, "unknown variable KTRAIN_EPOCH; did you mean KTRAIN_EPOCHS?",
                 {"KTRAIN_EPOCH=3"});
  expect_refused(ExitCode::kUsage, {}, "unknown variable KTRAIN_lr; did you mean KTRAIN_LR?",
                 {"KTRAIN_lr=3"});
  const std::string file = file_with(folder, "lr = 1\noptimiser = adam\n");
  expect_refused(ExitCode::kUsage, {"--config", file},
                 file + ": unknown key 'optimiser'; did you mean 'optimizer'?");
}

TEST(RunConfig, BadValuesAreRefusedNamingTheirPlace) {
  const TemporaryFolder folder;
  const std::string whole = "must be a whole number of at least 1";
  expect_refused(ExitCode::kUsage, {"--global-batch", "0"}, "--global-batch 0: " + whole);
  expect_refused(ExitCode::kUsage, {"--global-batch", "-5"}, "--global-batch -5: " + whole);
  expect_refused(ExitCode::kUsage, {"--global-batch=many"}, "--global-batch many: " + whole);
  expect_refused(ExitCode::kUsage, {}, "KTRAIN_GLOBAL_BATCH=0: " + whole, {"KTRAIN_GLOBAL_BATCH=0"});
  const std::string file = file_with(folder, "global-batch = 2.5\n");
  expect_refused(ExitCode::kUsage, {"--config", file}, file + ": global-batch = 2.5: " + whole);
  expect_refused(ExitCode::kUsage, {"--lr", "-1"}, "--lr -1: must be a number of at least 0");
  expect_refused(ExitCode::kUsage, {"--shuffle", "x"}, "--shuffle x: must be on or off");
  expect_refused(ExitCode::kUsage, {"--batchnorm", "sync"},
                 "--batchnorm sync: must be one of: global, ghost:N, local");
  expect_refused(ExitCode::kUsage, {"--validation-split", "1"},
                 "--validation-split 1: must be a number from 0 to less than 1");
  expect_refused(ExitCode::kUsage, {"--precision", "bfloat16"},
                 "--precision bfloat16: bfloat16 comes later; this version computes in float32");
  expect_refused(ExitCode::kUsage, {"--precision", "float16"},
                 "--precision float16: must be one of: float32");
}

TEST(RunConfig, ValuesMustBeThereOnce) {
  const TemporaryFolder folder;
  expect_refused(ExitCode::kUsage, {"--lr"}, "--lr needs a value");
  expect_refused(ExitCode::kUsage, {"--lr", "--epochs", "3"}, "--lr needs a value");
  expect_refused(ExitCode::kUsage, {"--lr=", "--epochs", "3"}, "--lr needs a value");
  expect_refused(ExitCode::kUsage, {"--nesterov="}, "--nesterov needs a value");
  expect_refused(ExitCode::kUsage, {"--lr", "1", "--lr=2"}, "--lr is given twice");
  expect_refused(ExitCode::kUsage, {"--lr", "1", "2"}, "unexpected argument '2'");
  expect_refused(ExitCode::kUsage, {"-x"}, "unexpected argument '-x'");
  const std::string twice = file_with(folder, "lr = 1\nlr = 2\n");
  expect_refused(ExitCode::kUsage, {"--config", twice}, twice + ": 'lr' is given twice");
}

TEST(RunConfig, TheFileMustBeThereAndReadable) {
  const TemporaryFolder folder;
  expect_refused(ExitCode::kNoInput, {"--config", folder / "none.cfg"},
                 "cannot read the configuration file " + folder / "none.cfg");
  const std::string file = file_with(folder, "epochs 3\n");
  expect_error(
      ExitCode::kUsage,
      [&] {
        read({"--config", file});
      },
      file, "epochs 3");
  const std::string nested = file_with(folder, "config = other.cfg\n");
  expect_error(
      ExitCode::kUsage,
      [&] {
        read({"--config", nested});
      },
      nested, "unknown key 'config'");
}

TEST(RunConfig, OptionsOfOtherCommands) {
  const TemporaryFolder folder;
  expect_refused(ExitCode::kUsage, {"evaluate", "--epochs", "3"},
                 "--epochs is not an option of ktrain evaluate but of: train");
  expect_refused(ExitCode::kUsage, {"--out", "p.npy"},
                 "--out is not an option of ktrain train but of: predict");
  // A file or a variable serves every command.
  const std::string file =
      file_with(folder, "epochs = 3\nresume = newest\ncheckpoint-dir = c\nglobal-batch = 7\n");
  const RunConfig config = read({"evaluate", "--weights", "w", "--config", file}, {"KTRAIN_LOG=l"});
  EXPECT_EQ(config.global_batch, 7);
  EXPECT_EQ(config.epochs, 5);
  EXPECT_FALSE(config.resume || config.log.has_value());
  const std::string bad = file_with(folder, "epochs = -3\n");
  expect_error(
      ExitCode::kUsage,
      [&] {
        read({"evaluate", "--weights", "w", "--config", bad});
      },
      "epochs = -3");
}

TEST(RunConfig, ContradictionsAreRefused) {
  const auto refused = [](const Strings& arguments, const std::string& message) {
    expect_refused(ExitCode::kConfiguration, arguments, message);
  };
  refused({"--clipnorm", "1", "--clipvalue", "1"}, "--clipnorm and --clipvalue exclude each other");
  refused({"--global-clipnorm", "1", "--clipvalue", "1"},
          "--global-clipnorm and --clipvalue exclude each other");
  refused({"--resume", "c.h5", "--weights", "w"}, "--resume and --weights exclude each other");
  refused({"--validation-data", "npz:v", "--validation-split", "0.1"},
          "--validation-data and --validation-split exclude each other");
  refused({"--resume"}, "--resume needs --checkpoint-dir, or the checkpoint's file");
  refused({"--checkpoint-every", "1e"}, "--checkpoint-every needs --checkpoint-dir");
}

TEST(RunConfig, ResumesFromTheNewestOrAFile) {
  EXPECT_FALSE(read({}).resume);
  const RunConfig newest = read({"--resume", "--checkpoint-dir", "c"});
  EXPECT_TRUE(newest.resume && !newest.resume_file);
  for (const Strings& arguments : {Strings{"--resume", "c.h5"}, Strings{"--resume=c.h5"}}) {
    const RunConfig file = read(arguments);
    EXPECT_TRUE(file.resume);
    EXPECT_EQ(file.resume_file, "c.h5");
  }
  EXPECT_TRUE(read({}, {"KTRAIN_RESUME=newest", "KTRAIN_CHECKPOINT_DIR=c"}).resume);
  EXPECT_FALSE(read({"--resume", "none"}, {"KTRAIN_RESUME=c.h5"}).resume);
}

TEST(RunConfig, NoneTakesAnOptionBack) {
  EXPECT_FALSE(read({"--lr", "none"}, {"KTRAIN_LR=0.1"}).optimizer_options.learning_rate.has_value());
  EXPECT_FALSE(read({"--validation-data", "none"}).validation_data.has_value());
  EXPECT_EQ(
      read({"--clipnorm", "1", "--clipvalue", "none"}, {"KTRAIN_CLIPVALUE=1"}).optimizer_options.clipnorm, 1);
  EXPECT_TRUE(read({"--metrics", "none"}).metrics.empty());
}

TEST(RunConfig, OnlyTheDefaultDataBringsValidationData) {
  EXPECT_FALSE(read({"--data", "npz:d"}).validation_data.has_value());
  EXPECT_FALSE(read({"--validation-split", "0.1"}).validation_data.has_value());
  EXPECT_EQ(read({"--data", "npz:d", "--validation-data", "npz:v"}).validation_data, "npz:v");
}

TEST(RunConfig, FieldsAreTheCommandsSettingsResolved) {
  const std::vector<Field> fields =
      to_fields(read({"--lr", "0.5", "--resume", "c.h5", "--metrics", "mae,mse"}));
  const auto value_of = [&](const std::string& name) {
    const auto found = std::ranges::find(fields, name, &Field::name);
    EXPECT_NE(found, fields.end()) << name;
    return found == fields.end() ? FieldValue{} : found->value;
  };
  EXPECT_EQ(value_of("command"), FieldValue(std::string("train")));
  EXPECT_EQ(value_of("lr"), FieldValue(0.5));
  EXPECT_EQ(value_of("momentum"), FieldValue());
  EXPECT_EQ(value_of("global-batch"), FieldValue(std::int64_t{256}));
  EXPECT_EQ(value_of("data"), FieldValue(std::string("idx:/usr/share/datasets/fashion-mnist,split=train")));
  EXPECT_EQ(value_of("shuffle"), FieldValue(true));
  EXPECT_EQ(value_of("metrics"), FieldValue(Strings{"mae", "mse"}));
  EXPECT_EQ(value_of("resume"), FieldValue(std::string("c.h5")));
  EXPECT_EQ(value_of("checkpoint-every"), FieldValue(std::string("1e")));
  EXPECT_EQ(std::ranges::find(fields, "out", &Field::name), fields.end());
  EXPECT_EQ(std::ranges::find(fields, "help", &Field::name), fields.end());
}

TEST(RunConfig, ReadsTheShippedConfigurations) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(KTRAIN_CONFIGS)) {
    if (entry.path().extension() != ".cfg") continue;
    const RunConfig config = read({"--config", entry.path().string()});
    EXPECT_EQ(config.model, "configs/models/" + entry.path().stem().string() + ".json");
    ++count;
  }
  EXPECT_GE(count, 4);
}

}  // namespace
}  // namespace ktrain
