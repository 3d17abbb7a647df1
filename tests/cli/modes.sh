#!/usr/bin/env bash
# What a run says and where, with any number of workers; and how it ends on Ctrl-C.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

small_model >small.json
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=100 KTRAIN_GLOBAL_BATCH=30 KTRAIN_EPOCHS=2
export KTRAIN_VALIDATION_DATA=synthetic:x=16,samples=50,first=100

expect_lines() { # FILE COUNT PATTERN
  [[ $(grep -cE "$3" "$1" || true) == "$2" ]] && return
  wrong "not $2 lines like '$3' in $1:" && cat "$1"
}

# Into a file: a line an epoch, without control characters; the same losses with any number of workers.
for workers in 0 1 3 7; do
  expect 0 ktrain $workers --log log$workers.jsonl
  [[ ! -s err ]] || { wrong "$workers workers: wrote to stderr" && cat err; }
  values='loss: [0-9.]+ - accuracy: [0-9.]+ - val_loss: [0-9.]+ - val_accuracy: [0-9.]+'
  expect_lines out 2 "^Epoch [12]/2 - .* samples/s - $values\$"
  [[ $(wc -l <out) == 2 ]] || { wrong "$workers workers: other lines" && cat out; }
  if LC_ALL=C grep -q '[[:cntrl:]]' out; then wrong "$workers workers: control characters in a file"; fi
  grep -oE 'loss: [0-9.]+ - accuracy.*' out >losses$workers
  cmp losses0 losses$workers || wrong "$workers workers: other losses than one"

  expect_lines log$workers.jsonl 1 '^\{"event":"start",.*"workers":'$((workers > 0 ? workers : 1))
  expect_lines log$workers.jsonl 8 '^\{"event":"step",'
  expect_lines log$workers.jsonl 2 '^\{"event":"epoch",.*"val_loss":[0-9.]+,"val_metrics":\{"accuracy":'
  expect_lines log$workers.jsonl 1 '^\{"event":"end",.*"weights_digest":"[0-9a-f]{16}"\}$'

  expect 0 ktrain $workers --quiet
  [[ ! -s out && ! -s err ]] || { wrong "$workers workers: --quiet is not" && cat out err; }
done

# The same losses by messages as in shared memory; the log says which it was.
for transport in mpi node; do
  expect 0 ktrain 3 --transport $transport --log $transport.jsonl
  grep -oE 'loss: [0-9.]+ - accuracy.*' out >losses_$transport
  cmp losses0 losses_$transport || wrong "--transport $transport: other losses than one worker"
  expect_lines $transport.jsonl 1 '"transport":"'$transport'"'
done
expect_lines log3.jsonl 1 '"transport":"node"'
expect 64 ktrain 3 --transport wire
expect_lines err 1 'transport.*auto, node, mpi'

# Workers that cannot share memory, one being in a container of its own: by messages, or not at all if it must be shared.
if unshare --pid --fork --mount-proc true 2>/dev/null; then
  cat >apart <<TEXT && chmod +x apart
#!/bin/sh
[ "\$OMPI_COMM_WORLD_RANK" = 1 ] || exec "$program" "\$@"
exec unshare --pid --fork --mount-proc "$program" "\$@"
TEXT
  apart=(timeout -k 5 60 "$run" -n 3 --program ./apart --)
  expect 0 "${apart[@]}" --log apart.jsonl
  grep -oE 'loss: [0-9.]+ - accuracy.*' out >losses_apart
  cmp losses0 losses_apart || wrong "workers in two containers: other losses than one worker"
  expect_lines apart.jsonl 1 '"transport":"mpi"'
  expect 78 "${apart[@]}" --transport node
  expect_lines err 1 'transport node: the workers run on several hosts or in several containers'
fi

# Steps that end within an epoch do not end without a word.
for workers in 0 3; do
  expect 0 ktrain $workers --steps 6
  expect_lines out 1 '^Epoch 1/2 - .* - val_loss'
  expect_lines out 1 '^Epoch 2/2 2/4 - .* samples/s - loss: [0-9.]+ - accuracy: [0-9.]+$'
  [[ $(wc -l <out) == 2 ]] || { wrong "$workers workers: other lines than an epoch and two steps" && cat out; }
done

expect 0 ktrain 7 --dry-run --log dry.jsonl --checkpoint-dir dry
expect_lines out 1 '^global batch 30 over 7 workers$'
for rank in 0 1; do expect_lines out 1 "^rank $rank +host [^ ]+ +samples 5 +threads 1\$"; done
for rank in 2 3 4 5 6; do expect_lines out 1 "^rank $rank +host [^ ]+ +samples 4 +threads 1\$"; done
[[ ! -e dry.jsonl && ! -e dry ]] || wrong "--dry-run wrote files"

# On a terminal: the line is drawn again and again, and in the end says what a file would.
if command -v script >/dev/null; then
  expect 0 script -qec "stty cols 100; '$program' --seed 0" /dev/null
  expect_lines out 2 'Epoch [12]/2.*val_accuracy'
  grep -q $'\r' out || wrong "a terminal got no progress line"
fi

expect 0 ktrain 3 --quiet --save weights.weights.h5
for workers in 0 3; do
  expect 0 ktrain $workers evaluate --weights weights.weights.h5
  expect_lines out 1 '^samples: 100 - loss: [0-9.]+ - accuracy: [0-9.]+$'
  expect 0 ktrain $workers predict --weights weights.weights.h5 --out predictions$workers.npy
  expect 0 ktrain $workers summary
  expect_lines out 1 '^Total params: 1,002 [(]3.91 KB[)]$'
  expect 0 ktrain $workers --help
  expect_lines out 1 '^ +--global-batch '
  expect 0 ktrain $workers --version
  expect_lines out 1 '^ktrain [0-9.]+'
done
[[ $(stat -c %s predictions0.npy) == $((128 + 4 * 10 * 100)) ]] || wrong "predictions0.npy is not 100 rows of 10"
cmp -s predictions0.npy predictions3.npy || wrong "predictions depend on the number of workers"

# interrupted CODE WORKERS OPTION…: the exit code of a run that gets Ctrl-C.
interrupted() {
  local code=$1 workers=$2 status=0 job receiver
  shift 2
  rm -f steps.jsonl
  set -m # or a job in the background ignores SIGINT
  if ((workers == 0)); then
    "$program" --epochs 1000000 --quiet --log steps.jsonl "$@" >out 2>err </dev/null &
  else
    "$run" -n "$workers" --program "$program" -- --epochs 1000000 --quiet --log steps.jsonl "$@" >out 2>err </dev/null &
  fi
  job=$!
  set +m
  until [[ -s steps.jsonl ]] && (($(wc -l <steps.jsonl) > 5)); do
    kill -0 $job 2>/dev/null || { wrong "$workers workers: ended too early: $*" && cat out err && return; }
    sleep 0.05
  done
  kill -INT -- -$job
  (sleep 30 && kill -KILL -- -$job) 2>/dev/null &
  receiver=$!
  wait $job || status=$?
  kill $receiver 2>/dev/null
  ((status == code)) || { wrong "$workers workers: exit code $status, not $code, after Ctrl-C: $*" && cat err; }
  expect_nothing_left "steps.jsonl ${*:-}"
}
interrupted 130 0
interrupted 143 3
[[ $(cat err) == "ktrain: stopped by a signal; nothing was saved"* && $(wc -l <err) == 1 ]] ||
  { wrong "not one line after Ctrl-C without checkpoints" && cat err; }
for workers in 0 3; do
  interrupted 75 $workers --checkpoint-dir saved$workers
  [[ ! -s err && -n $(ls saved$workers) ]] || { wrong "$workers workers: nothing saved on Ctrl-C" && cat err; }
  expect 0 ktrain $workers --resume --checkpoint-dir saved$workers --epochs 1
done
finish
