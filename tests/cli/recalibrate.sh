#!/usr/bin/env bash
# ktrain recalibrate and --recalibrate: moving statistics estimated anew, on any number of workers; nothing else changes.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

small_model >small.json
export KTRAIN_DATA=synthetic:x=16,samples=300 KTRAIN_GLOBAL_BATCH=64 KTRAIN_EPOCHS=2 KTRAIN_SEED=1

weights_of() { expect 0 ktrain 0 convert "$1" "$2"; }
difference_of() { "$tools/compare_weights" "$1" "$2"; }

expect 0 ktrain 3 --model small.json --save model.keras --quiet
weights_of model.keras before.weights.h5
for workers in 0 1 2 3 5 8; do
  expect 0 ktrain $workers recalibrate --model model.keras --save new$workers.keras
  [[ $(cat out) == "recalibrated 1 layer over 5 batches of 64 (300 samples)" ]] ||
    { wrong "$workers workers: another line" && cat out; }
  weights_of new$workers.keras new$workers.weights.h5
  agree_with new$workers.weights.h5 new0.weights.h5 1e-6
done
awk "BEGIN { exit !($(difference_of new0.weights.h5 before.weights.h5) > 0.01) }" || wrong "the statistics are as before"

# In training, before the model is written.
for workers in 0 3; do
  expect 0 ktrain $workers --model small.json --recalibrate --save trained$workers.keras
  grep -q '^recalibrated 1 layer over 5 batches of 64 (300 samples)$' out || { wrong "--recalibrate says nothing" && cat out; }
  weights_of trained$workers.keras trained$workers.weights.h5
  agree_with trained$workers.weights.h5 new0.weights.h5 1e-5
done

# The rest of the file goes along: layers, compile settings, the optimizer and its state.
expect 0 ktrain 2 --model new3.keras --epochs 1
grep -q 'new3.keras: compiled with Adam, which goes on from iteration 10$' out || { wrong "the optimizer is lost" && cat out; }
for file in model new3; do expect 0 ktrain 0 summary --model $file.keras && mv out summary-$file; done
cmp summary-model summary-new3 || wrong "another model"
# Weights of their own, in the statistics' place in another file.
expect 0 ktrain 2 recalibrate --model small.json --weights before.weights.h5 --save own.weights.h5
agree_with own.weights.h5 new0.weights.h5 1e-6
# Its own output gives the same again.
expect 0 ktrain 0 recalibrate --model new0.keras --save again.weights.h5
agree_with again.weights.h5 new0.weights.h5 0

# Some of the data, and in its own order.
expect 0 ktrain 2 recalibrate --model model.keras --save two.weights.h5 --recalibrate-batches 2
grep -q '^recalibrated 1 layer over 2 batches of 64 (128 samples)$' out || { wrong "not two batches" && cat out; }
expect 0 ktrain 2 recalibrate --model model.keras --save ordered.weights.h5 --shuffle off
for file in two ordered; do
  awk "BEGIN { exit !($(difference_of $file.weights.h5 new0.weights.h5) > 0) }" || wrong "$file: the same samples"
done

# Same bits.
for workers in 0 3 8; do
  expect 0 ktrain $workers recalibrate --model model.keras --save bits$workers.weights.h5 --reproducible
  agree_with bits$workers.weights.h5 bits0.weights.h5 0
done

sed 's/"BatchNormalization"/"LayerNormalization"/' small.json >layers.json
expect_line 78 "no BatchNormalization to recalibrate" ktrain 3 --model layers.json --recalibrate --save none.keras
expect 0 ktrain 2 --model small.json --freeze batch_normalization --save frozen.keras --quiet
expect_line 78 "every BatchNormalization of the model is frozen" ktrain 3 recalibrate --model frozen.keras --save none.keras
expect_line 78 "--recalibrate-batches needs --recalibrate" ktrain 2 --model small.json --recalibrate-batches 3
expect_line 64 "--recalibrate-batches 0: must be a whole number of at least 1" \
  ktrain 2 recalibrate --model model.keras --save none.keras --recalibrate-batches 0
expect_line 64 "ktrain recalibrate needs --save FILE" ktrain 2 recalibrate --model model.keras
expect_line 64 "needs --weights FILE" ktrain 2 recalibrate --model small.json --save none.keras
expect_line 66 "gone.keras" ktrain 2 recalibrate --model gone.keras --save none.keras
[[ ! -e none.keras ]] || wrong "a refused run wrote its file"
finish
