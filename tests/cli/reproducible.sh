#!/usr/bin/env bash
# --reproducible: the same bits on any number of workers, by either transport, in buckets of any size, and after resumes.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

samples=1000
small_model >small.json
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=$samples KTRAIN_GLOBAL_BATCH=52 KTRAIN_EPOCHS=2
export KTRAIN_VALIDATION_DATA=synthetic:x=16,samples=300,first=$samples KTRAIN_OPTIMIZER=adam KTRAIN_REPRODUCIBLE=on

# What a log says of the run, whoever ran it and however fast: losses and metrics of every step and epoch, the digest.
facts_of() { grep -E '"event":"(step|epoch|end)"' "$1" | sed -E 's/"(workers|samples_per_second|seconds)":[0-9.e+-]+,?//g'; }

same_as_alone() { # LOG
  facts_of "$1" >facts
  cmp facts_alone facts || wrong "$1: other bits than one worker"
}

expect 0 ktrain 0 --log alone.jsonl --quiet
facts_of alone.jsonl >facts_alone
[[ $(wc -l <facts_alone) == 43 ]] || { wrong "not 20 steps in each of 2 epochs" && cat facts_alone; }
for workers in 1 2 3 4 5 6 7 8; do
  expect 0 ktrain $workers --log run$workers.jsonl --quiet
  same_as_alone run$workers.jsonl
done
for workers in 2 5 8; do
  expect 0 ktrain $workers --transport mpi --log mpi$workers.jsonl --quiet
  same_as_alone mpi$workers.jsonl
done
for mb in 0.0001 0.001 100; do
  expect 0 ktrain 3 --bucket-mb $mb --log buckets$mb.jsonl --quiet
  same_as_alone buckets$mb.jsonl
done

# Without it the bits are others: the comparison above can fail.
expect 0 ktrain 3 --reproducible off --log plain.jsonl --quiet
facts_of plain.jsonl >facts
if cmp -s facts_alone facts; then wrong "a run that is not reproducible has the same bits"; fi

# In the middle of an epoch, 3 → 5 → 2 → 8 workers.
expect 0 ktrain 3 --checkpoint-dir relay --steps 7 --quiet
expect 0 ktrain 5 --checkpoint-dir relay --resume --steps 16 --quiet
expect 0 ktrain 2 --checkpoint-dir relay --resume --steps 27 --quiet
expect 0 ktrain 8 --checkpoint-dir relay --resume --quiet --log relay.jsonl
[[ $(field weights_digest relay.jsonl) == "$(field weights_digest alone.jsonl)" ]] || wrong "other weights after resumes"

# What would change the bits in a resumed run is refused; a run says what it does.
cp -r relay other
expect 78 ktrain 2 --checkpoint-dir other --resume --reproducible off --epochs 3
grep -q 'reproducible_shard 7, this run has 0' err || { wrong "no word on --reproducible" && cat err; }
expect 78 ktrain 2 --checkpoint-dir other --resume --shard 13 --epochs 3
grep -q 'reproducible_shard 7, this run has 13' err || { wrong "no word on the shard" && cat err; }
expect 78 ktrain 2 --threads 2
expect 78 ktrain 2 --batchnorm local
expect 0 ktrain 2 --epochs 1
grep -q 'in shards of 7 samples$' out || { wrong "no word on the shards" && cat out; }
expect 0 ktrain 5 --epochs 1 --shard 20
grep -q 'warning: 2 of 5 workers have none in a whole batch, with --shard 10 each has one' out ||
  { wrong "no warning of idle workers" && cat out; }

# Evaluation and prediction.
expect 0 ktrain 0 --epochs 1 --save model.keras --quiet
unset KTRAIN_VALIDATION_DATA
for workers in 0 3 8; do
  expect 0 ktrain $workers evaluate --model model.keras && mv out evaluated$workers
  expect 0 ktrain $workers predict --model model.keras --out predicted$workers.npy
  cmp evaluated0 evaluated$workers || wrong "$workers workers: another evaluation"
  cmp predicted0.npy predicted$workers.npy || wrong "$workers workers: other predictions"
done
finish
