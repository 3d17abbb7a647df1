#!/usr/bin/env bash
# Options, variables and configuration files that are wrong: one line that names the thing, and the exit code.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

data=synthetic:x=16,samples=40
small_model >small.json
printf 'model = small.json\nlearning-rate = 1\n' >unknown.cfg
printf 'model = small.json\nepochs = many\n' >value.cfg


for workers in 0 3; do
  refuses() { # CODE TEXT ARGUMENT…
    expect_line "$1" "$2" ktrain $workers "${@:3}"
  }
  refuses 64 "unknown option --globl-batch; did you mean --global-batch?" --globl-batch 5
  refuses 64 "--global-batch 0" --global-batch 0
  refuses 64 "--lr fast" --lr fast
  refuses 64 "--epochs needs a value" --epochs
  refuses 64 "--epochs is given twice" --epochs 1 --epochs 2
  refuses 64 "unexpected argument 'extra'" --epochs 1 extra
  refuses 64 "unknown command 'evalute'; did you mean 'evaluate'?" evalute
  refuses 64 "needs --out" predict --weights w.h5 --model small.json --data $data
  refuses 64 "needs --weights" evaluate --model small.json --data $data
  refuses 64 "--precision" --precision bfloat16
  refuses 64 "adma" --optimizer adma --model small.json --data $data
  refuses 64 "huge" --loss huge --model small.json --data $data
  refuses 64 "acuracy" --metrics acuracy --model small.json --data $data
  refuses 78 "exclude each other" --clipnorm 1 --clipvalue 1
  refuses 78 "--resume needs --checkpoint-dir" --resume
  refuses 66 "nowhere.cfg" --config nowhere.cfg
  refuses 64 "unknown.cfg: unknown key 'learning-rate'; did you mean 'lr'?" --config unknown.cfg
  refuses 64 "value.cfg: epochs = many" --config value.cfg
  refuses 66 "$folder" --config "$folder"
  KTRAIN_GLOBAL_BACH=5 refuses 64 "unknown variable KTRAIN_GLOBAL_BACH; did you mean KTRAIN_GLOBAL_BATCH?" --epochs 1
  KTRAIN_GLOBAL_BATCH=none refuses 64 "KTRAIN_GLOBAL_BATCH=none" --epochs 1
  refuses 78 "--rule needs --base-batch" --rule linear --model small.json --data $data
  refuses 64 "there is no scaling rule linaer" --rule linaer --base-batch 8 --model small.json --data $data
  refuses 78 "scaling rule half_life is for SGD" --rule half_life --base-batch 8 --optimizer adam --model small.json --data $data
  refuses 78 "--rule adascale follows the gradient noise scale" --rule adascale --base-batch 8 --optimizer sgd --model small.json --data $data
  refuses 78 "--rule adam_invariant needs the gradients" --rule adam_invariant --base-batch 8 --model small.json --data $data
  refuses 64 "--state-conversion half: must be one of: auto, none, mean, reset" --state-conversion half
  refuses 64 "--custom-factors speed=2" --custom-factors speed=2
  refuses 64 "ktrain rebatch needs two files" rebatch small.json
  refuses 64 "ktrain rebatch needs --to N" rebatch small.json out.json
  refuses 64 "ktrain rebatch needs --from N" rebatch small.json out.json --to 8
  refuses 78 "was never compiled" rebatch small.json out.json --from 4 --to 8
  refuses 64 "--base-batch is not an option of ktrain rebatch" rebatch small.json out.json --base-batch 4 --to 8
  # Long before the run would get there.
  mkdir -p folder.keras
  refuses 74 "cannot write folder.keras: Is a directory" --save folder.keras --epochs 1000000 --model small.json --data $data
  refuses 74 "cannot write nowhere/w.h5" --save nowhere/w.h5 --epochs 1000000 --model small.json --data $data
  refuses 78 "(17,)" --validation-data synthetic:x=17,samples=40 --epochs 1000000 --model small.json --data $data
done
finish
