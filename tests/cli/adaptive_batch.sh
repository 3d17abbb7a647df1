#!/usr/bin/env bash
# --adaptive-batch: the batches that the formula asks for at the noise scales in the log, the same on any number of
# workers and after resumes, with each sample once an epoch.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

samples=1000 epochs=6
small_model >small.json
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=$samples KTRAIN_GLOBAL_BATCH=20 KTRAIN_EPOCHS=$epochs
export KTRAIN_VALIDATION_DATA=none KTRAIN_OPTIMIZER=sgd KTRAIN_LR=0.01 KTRAIN_MOMENTUM=0.9 KTRAIN_ADAPTIVE_BATCH=0.8

# Batches of a log in the order in which they came, by the epoch or by the sample that they began after.
batches_of() {
  sed -nE 's/.*"event":"step".*"samples":([0-9]+),.*"global_batch":([0-9]+).*/\1 \2/p' "$1" |
    awk '$2 != last { print last == "" ? 0 : before, $2; last = $2 } { before = $1 }'
}
each_once() { # INDICES: lines "epoch,step,index"
  local epoch
  for ((epoch = 1; epoch <= epochs; ++epoch)); do
    [[ $(awk -F, -v e=$epoch '$1 == e { print $3 }' "$1" | sort -n) == "$(seq 0 $((samples - 1)))" ]] ||
      wrong "$1: in epoch $epoch not every sample once"
  done
}

# Alone: what (phi + 20) / (phi + M) = 0.8 gives for M, in multiples of eight, at most the double.
expect 0 ktrain 0 --log alone.jsonl --save alone.weights.h5 --log-indices alone.csv
grep -q '^batch 20 -> 40: at noise scale .* steps$' out || { wrong "no word on the change" && cat out; }
each_once alone.csv
batches_of alone.jsonl >batches
sed -nE 's/.*"event":"epoch".*"samples":([0-9]+),.*"noise_scale":([0-9.e+]+),.*/\1 \2/p' alone.jsonl |
  awk -v last=$((samples * epochs)) 'BEGIN { batch = 20; print 0, batch }
    { aim = ($2 + 20) / 0.8 - $2; if (aim > 2 * batch) aim = 2 * batch; if (aim > 320) aim = 320
      next_batch = int(aim / 8) * 8; if (next_batch < 20) next_batch = 20
      gain = next_batch > batch ? (1 + $2 / batch) / (1 + $2 / next_batch) : ($2 + batch) / ($2 + next_batch)
      if (gain > 1.05 && $1 < last) print $1, batch = next_batch }' >expected
cmp batches expected || { wrong "other batches than the formula says" && paste batches expected; }
(($(wc -l <batches) > 3)) || { wrong "hardly a change: the test tells nothing" && cat batches; }

for workers in 1 3 8; do
  expect 0 ktrain $workers --log run$workers.jsonl --save run$workers.weights.h5 --log-indices run$workers.csv --quiet
  batches_of run$workers.jsonl | cmp - batches || wrong "$workers workers: other batches"
  cmp alone.csv run$workers.csv || wrong "$workers workers: other samples"
  agree_with run$workers.weights.h5 alone.weights.h5 1e-4
done

# To the bit, also where an epoch is under way and the rule knows the noise scale, along a ramp.
export KTRAIN_REPRODUCIBLE=on KTRAIN_QUIET=on
adam=(--optimizer adam --lr 0.001 --momentum none --adapt-every 700 --lr-ramp 300)
expect 0 ktrain 0 --log bits0.jsonl
for workers in 0 3 8; do
  expect 0 ktrain $workers "${adam[@]}" --log adam$workers.jsonl --log-indices adam$workers.csv
  batches_of adam$workers.jsonl | cmp - <(batches_of adam0.jsonl) || wrong "adam, $workers workers: other batches"
  [[ $(field weights_digest adam$workers.jsonl) == "$(field weights_digest adam0.jsonl)" ]] ||
    wrong "adam, $workers workers: other weights"
done
each_once adam0.csv
batches_of adam0.jsonl | awk '$1 % 1000 { within = 1 } END { exit !within || NR < 3 }' ||
  { wrong "the batch did not change within an epoch" && batches_of adam0.jsonl; }

# Resumed in the middle, with other workers: at an epoch's end, where a decision is due, and between decisions.
relay() { # NAME OPTION…
  local name=$1 folder=$1-relay
  shift
  expect 0 ktrain 3 "$@" --checkpoint-dir "$folder" --log "$folder.jsonl" --steps 33
  expect 0 ktrain 2 "$@" --checkpoint-dir "$folder" --log "$folder.jsonl" --resume --epochs 2
  expect 0 ktrain 5 "$@" --checkpoint-dir "$folder" --log "$folder.jsonl" --resume --epochs 3 --steps 97
  expect 0 ktrain 0 "$@" --checkpoint-dir "$folder" --log "$folder.jsonl" --resume
  batches_of "$folder.jsonl" | cmp - <(batches_of "${name}0.jsonl") || wrong "$name: other batches after resumes"
  [[ $(field weights_digest "$folder.jsonl") == "$(field weights_digest "${name}0.jsonl")" ]] ||
    wrong "$name: other weights after resumes"
}
relay bits
relay adam "${adam[@]}"
unset KTRAIN_REPRODUCIBLE KTRAIN_QUIET
# A run whose batch stays has nothing to say of it.
expect 0 ktrain 0 --adaptive-batch none --optimizer adam --momentum none --checkpoint-dir plain --steps 33
expect 0 ktrain 0 --adaptive-batch none --optimizer adam --momentum none --checkpoint-dir plain --resume
if grep -q 'global batch is' out; then wrong "a batch that stays is told of" && cat out; fi

# AdaScale: the learning rate is that of the base batch times (1 + phi / 20) / (1 + phi / 80) at the noise scale that was
# known before the step, from the third measurement on.
gains=(--adaptive-batch none --rule adascale --base-batch 20 --global-batch 80 --measure-noise-scale --noise-scale-every 200)
for workers in 0 3; do
  expect 0 ktrain $workers "${gains[@]}" --log gains$workers.jsonl --save gains$workers.weights.h5 --quiet
done
agree_with gains3.weights.h5 gains0.weights.h5 1e-4
grep '"event":"step"' gains0.jsonl |
  awk '{ phi = rate = ""
         if (match($0, /"noise_scale":[0-9.e+]+/)) phi = substr($0, RSTART + 14, RLENGTH - 14)
         match($0, /"lr":[0-9.e-]+/); rate = substr($0, RSTART + 5, RLENGTH - 5)
         gain = count < 3 || known == "" ? 1 : (1 + known / 20) / (1 + known / 80)
         error = rate / (0.01 * gain) - 1; if (error * error > 1e-20) { bad = 1; print }
         if (gain > 1.5 && gain < 4) risen++
         if (/"noise_scale":/) { count++; known = phi } }
       END { exit bad || risen < 20 }' || wrong "AdaScale: other learning rates"
expect 0 ktrain 0 "${gains[@]}" --reproducible --log whole.jsonl --quiet
expect 0 ktrain 3 "${gains[@]}" --reproducible --checkpoint-dir gains --steps 30 --quiet
expect 0 ktrain 2 "${gains[@]}" --reproducible --checkpoint-dir gains --resume --log gains.jsonl --quiet
[[ $(field weights_digest gains.jsonl) == "$(field weights_digest whole.jsonl)" ]] ||
  wrong "AdaScale: other weights after a resume"
expect_line 78 "--rule adascale and a learning-rate schedule" \
  ktrain 0 "${gains[@]}" --lr-schedule cosine_decay:decay_steps=100

# Bounds, and what is refused.
expect 0 ktrain 3 --max-batch 44 --log most.jsonl --quiet
[[ $(batches_of most.jsonl | tail -n 1) == "1000 40" ]] || { wrong "beyond --max-batch" && batches_of most.jsonl; }
expect_line 78 "begins with batches of 20, which --min-batch and --max-batch leave out: from 32 to 320" \
  ktrain 3 --min-batch 32
unset KTRAIN_GLOBAL_BATCH
expect_line 78 "--batch-schedule and --adaptive-batch exclude each other" \
  ktrain 0 --batch-schedule 0:20,1:40
expect_line 78 "--min-batch needs --adaptive-batch" ktrain 0 --adaptive-batch none --min-batch 8
expect_line 78 "--adaptive-batch and --batchnorm local exclude each other" ktrain 0 --batchnorm local
finish
