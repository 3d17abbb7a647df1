#!/usr/bin/env bash
# Stop in the middle of an epoch, resume with other numbers of workers: the weights of an uninterrupted run, each sample
# of each epoch once, and the same result when the same checkpoint is resumed again.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

samples=1000 epochs=2 # 20 steps each
small_model >small.json
# What the command line does not say; it is stronger.
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=$samples KTRAIN_GLOBAL_BATCH=50 KTRAIN_EPOCHS=$epochs
export KTRAIN_OPTIMIZER=sgd KTRAIN_LR=0.05 KTRAIN_MOMENTUM=0.9 KTRAIN_QUIET=on

# train WORKERS FOLDER OPTION…
train() { ktrain "$1" --checkpoint-dir "$2" "${@:3}"; }

each_once() { # INDICES: lines "epoch,step,index"
  local epoch expected
  expected=$(seq 0 $((samples - 1)))
  for ((epoch = 1; epoch <= epochs; ++epoch)); do
    [[ $(awk -F, -v e=$epoch '$1 == e { print $3 }' "$1" | sort -n) == "$expected" ]] ||
      wrong "$1: in epoch $epoch not every sample once"
  done
}

# The uninterrupted run, with one worker and with three.
expect 0 train 0 whole --save whole.weights.h5 --log-indices whole.csv --log whole.jsonl
expect 0 train 3 whole3 --save whole3.weights.h5 --log-indices whole3.csv
each_once whole.csv
cmp whole.csv whole3.csv || wrong "the samples of a step depend on the number of workers"
agree_with whole3.weights.h5 whole.weights.h5 1e-4

# Stopped by a number of steps, in the middle of the first and of the second epoch.
for stop in 13 29; do
  expect 0 train 3 run$stop --steps $stop --log-indices run$stop.csv
  for workers in 5 2; do
    name=run$stop-$workers
    cp -r run$stop $name && cp run$stop.csv $name.csv
    expect 0 train $workers $name --resume --save $name.weights.h5 --log-indices $name.csv --log $name.jsonl
    agree_with $name.weights.h5 whole.weights.h5 1e-4
    each_once $name.csv
    cmp $name.csv whole.csv || wrong "$name: other samples than the uninterrupted run"
  done
  name=run$stop-again
  cp -r run$stop $name
  expect 0 train 5 $name --resume --log $name.jsonl
  [[ $(field weights_digest $name.jsonl) == "$(field weights_digest run$stop-5.jsonl)" ]] ||
    wrong "run$stop: a second resume gave other weights"
  [[ $(field samples $name.jsonl) == $((samples * epochs)) ]] || wrong "$name: wrong number of samples"
done

# Resumed three times on the way, with another number of workers each.
name=relay
expect 0 train 3 $name --steps 7 --log-indices $name.csv
expect 0 train 5 $name --resume --steps 21 --log-indices $name.csv
expect 0 train 0 $name --resume --steps 22 --log-indices $name.csv
expect 0 train 2 $name --resume --save $name.weights.h5 --log-indices $name.csv
agree_with $name.weights.h5 whole.weights.h5 1e-4
each_once $name.csv

# Stopped by a signal at some moment, to launch/run, mpirun or one rank. The first stop is in the middle of an epoch of a run
# too long to end by itself; it is resumed to a whole number of epochs, which a run that was not stopped compares with.
signalled() { # NAME SIGNAL RECEIVER
  local name=$1 signal=$2 receiver=$3 status=0 job target steps epochs
  train 3 "$name" --epochs 100000 --log-indices "$name.csv" --log "$name.jsonl" >"$name.out" 2>&1 &
  job=$!
  until [[ -s $name.csv ]]; do
    kill -0 $job 2>/dev/null || { wrong "$name: ended too early" && cat "$name.out" && return; }
    sleep 0.05
  done
  sleep "0.$RANDOM"
  case $receiver in
    run) target=$(run_of "$name.csv") ;;
    mpirun) target=$(mpirun_of "$name.csv") ;;
    rank) target=$(workers_of "$name.csv" | shuf -n 1) ;;
  esac
  kill "-$signal" "$target"
  wait $job || status=$?
  ((status == 75)) || { wrong "$name: exit code $status, not 75" && cat "$name.out"; }
  [[ $(wc -l <"$name.out") == 0 ]] || { wrong "$name: wrote lines" && cat "$name.out"; }
  [[ $(field exit_code "$name.jsonl") == 75* ]] || wrong "$name: the log does not end with 75"

  steps=$(field step "$name.jsonl")
  epochs=$((steps / 20 + 1))
  printf '%s to %s: stopped after step %s\n' "$signal" "$receiver" "$steps"
  expect 0 train 5 "$name" --resume --epochs $epochs --save "$name.weights.h5" --log-indices "$name.csv"
  expect 0 train 0 "$name-whole" --epochs $epochs --save "$name-whole.weights.h5" --log-indices "$name-whole.csv"
  cmp "$name.csv" "$name-whole.csv" || wrong "$name: other samples than the uninterrupted run"
  ((steps > 200)) || agree_with "$name.weights.h5" "$name-whole.weights.h5" 1e-4
}
signalled term-run TERM run
signalled usr1-run USR1 run
signalled term-rank TERM rank
signalled usr1-rank USR1 rank
signalled usr1-mpirun USR1 mpirun
finish
