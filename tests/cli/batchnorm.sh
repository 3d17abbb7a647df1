#!/usr/bin/env bash
# --batchnorm: which samples BatchNormalization's statistics are of, on any number of workers.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

small_model >small.json
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=300 KTRAIN_GLOBAL_BATCH=64 KTRAIN_EPOCHS=2 KTRAIN_SEED=1

# Losses and weights, up to rounding, of one worker and of several.
for batchnorm in global ghost:24 ghost:1000; do
  for workers in 0 2 3 5 8; do
    expect 0 ktrain $workers --batchnorm $batchnorm --save $batchnorm-$workers.weights.h5 --log $batchnorm-$workers.jsonl
    grep -oE 'loss: [0-9.]+ - accuracy.*' out >losses-$batchnorm-$workers
    cmp losses-$batchnorm-0 losses-$batchnorm-$workers || wrong "$batchnorm: $workers workers have other losses than one"
    agree_with $batchnorm-$workers.weights.h5 $batchnorm-0.weights.h5 1e-5
  done
  grep -q '"batchnorm":"'$batchnorm'"' $batchnorm-0.jsonl || wrong "$batchnorm is not in the log"
done
cmp losses-global-0 losses-ghost:1000-0 || wrong "one group is not the whole batch"
if cmp -s losses-global-0 losses-ghost:24-0; then wrong "groups make no difference"; fi
# What the comparison above is worth: with each worker's own statistics the losses are others.
expect 0 ktrain 3 --batchnorm local
grep -oE 'loss: [0-9.]+ - accuracy.*' out >losses-local
if cmp -s losses-global-0 losses-local; then wrong "local statistics make no difference"; fi

for workers in 0 3 8; do
  expect 0 ktrain $workers --batchnorm ghost:24 --reproducible --quiet --log bits$workers.jsonl
  [[ $(field weights_digest bits$workers.jsonl) == "$(field weights_digest bits0.jsonl)" ]] ||
    wrong "--reproducible: $workers workers have other bits than one"
done

# A run goes on from its checkpoint as if it had not stopped.
expect 0 ktrain 3 --batchnorm ghost:24 --reproducible --quiet --checkpoint-dir relay --steps 4
expect 0 ktrain 2 --batchnorm ghost:24 --reproducible --quiet --checkpoint-dir relay --resume --log relay.jsonl
[[ $(field weights_digest relay.jsonl) == "$(field weights_digest bits0.jsonl)" ]] || wrong "other weights after a resume"

for value in ghost ghost: ghost:1 ghost:-4 ghost:x ghost:8x group:8; do
  expect_line 64 "--batchnorm $value: " ktrain 3 --batchnorm $value
done
finish
