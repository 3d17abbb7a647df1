#!/usr/bin/env bash
# --stratify: the classes of every batch, the same bits on any number of workers and after resumes within an epoch.
# shellcheck disable=SC2016 # awk's fields
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

samples=1001 batch=50
small_model >small.json
# Row i is of class 3 where 9 divides i, else of class 5 where 4 does, else of class 0: 112, 223 and 666 rows.
class_of='function class_of(i) { return i % 9 == 0 ? 3 : i % 4 == 0 ? 5 : 0 }'
awk "$class_of"' BEGIN {
  for (k = 0; k < 16; ++k) printf "x%d,", k
  print "label"
  for (i = 0; i < '$samples'; ++i) {
    for (k = 0; k < 16; ++k) printf "%.4f,", sin(i * 7 + k * (1 + class_of(i)))
    print class_of(i)
  }
}' >data.csv
export KTRAIN_MODEL=small.json KTRAIN_DATA=csv:data.csv,label=label KTRAIN_GLOBAL_BATCH=$batch KTRAIN_EPOCHS=2
export KTRAIN_REPRODUCIBLE=on KTRAIN_OPTIMIZER=sgd KTRAIN_LR=0.05

# batches_of INDICES: lines "epoch step rows count-of-0 count-of-3 count-of-5".
batches_of() {
  awk -F, "$class_of"'
    $2 != step { if (step) print epoch, step, rows, count[0] + 0, count[3] + 0, count[5] + 0
                 epoch = $1; step = $2; rows = 0; split("", count) }
    { ++rows; ++count[class_of($3)] }
    END { print epoch, step, rows, count[0] + 0, count[3] + 0, count[5] + 0 }' "$1"
}
all_batches() { # INDICES CONDITION
  batches_of "$1" >batches
  [[ $(wc -l <batches) == 42 ]] || wrong "$1: not 21 steps in each of 2 epochs"
  awk '!('"$2"') { bad = 1; print } END { exit bad }' batches || wrong "$1: batches with other classes"
}

# In a tree of three classes one has a node to itself, less than 1 off its share, and two share one: less than 2.
expect 0 ktrain 0 --stratify proportional --log-indices proportional.csv
grep -q '^stratify proportional: every batch has the shares of 3 classes, of 112 to 666 samples$' out ||
  { wrong "no word on the classes" && cat out; }
all_batches proportional.csv 'sqrt(($4 - 666 * $3 / 1001) ^ 2) < 2 && sqrt(($5 - 112 * $3 / 1001) ^ 2) < 2 &&
  sqrt(($6 - 223 * $3 / 1001) ^ 2) < 2'
for epoch in 1 2; do
  [[ $(awk -F, -v e=$epoch '$1 == e { print $3 }' proportional.csv | sort -n) == "$(seq 0 $((samples - 1)))" ]] ||
    wrong "in epoch $epoch not every sample once"
done

expect 0 ktrain 0 --stratify balanced --log-indices balanced.csv --log balanced.jsonl
note='3 classes; an epoch shows each sample of class 3 (of 112) 2.98 times, class 5 (of 223) 1.5 times'
grep -qF "stratify balanced: $note, class 0 (of 666) 0.501 times" out || { wrong "no word on the classes" && cat out; }
head -n 1 balanced.jsonl | grep -q '"stratify":"balanced"' || wrong "no word on it in the log"
# 16 or 17 of 50, 0 or 1 of the last one.
all_batches balanced.csv '$4 - $5 < 2 && $5 - $4 < 2 && $4 - $6 < 2 && $6 - $4 < 2 && $5 - $6 < 2 && $6 - $5 < 2'
# 2002 = 3·667 + 1: two epochs show class 0 667 or 668 times, all of its 666 and one or two again.
[[ $(awk -F, "$class_of"' class_of($3) == 0 { print $3 }' balanced.csv | sort | uniq -d | wc -l) -le 2 ]] ||
  wrong "samples of class 0 come again before the others were there"

for mode in proportional balanced; do
  expect 0 ktrain 0 --stratify $mode --log $mode-alone.jsonl --quiet
  for workers in 1 2 3 5 8; do
    expect 0 ktrain $workers --stratify $mode --log $mode$workers.jsonl --log-indices $mode$workers.csv --quiet
    [[ $(field weights_digest $mode$workers.jsonl) == "$(field weights_digest $mode-alone.jsonl)" ]] ||
      wrong "$mode: other weights with $workers workers"
    cmp $mode$workers.csv $mode.csv || wrong "$mode: other samples with $workers workers"
  done
  # In the middle of an epoch, 3 → 5 → 2 workers.
  relay=(--stratify "$mode" --checkpoint-dir "$mode-relay" --log-indices "$mode-relay.csv" --quiet)
  expect 0 ktrain 3 "${relay[@]}" --steps 7
  expect 0 ktrain 5 "${relay[@]}" --resume --steps 29
  expect 0 ktrain 2 "${relay[@]}" --resume --log $mode-relay.jsonl
  cmp $mode-relay.csv $mode.csv || wrong "$mode: other samples after resumes"
  [[ $(field weights_digest $mode-relay.jsonl) == "$(field weights_digest $mode-alone.jsonl)" ]] ||
    wrong "$mode: other weights after resumes"
  expect_line 78 "stratify" ktrain 2 --resume --checkpoint-dir $mode-relay --epochs 3 --quiet
done

# Without shuffling the samples of a class come in the file's order.
expect 0 ktrain 3 --stratify proportional --shuffle off --log-indices ordered.csv --quiet
all_batches ordered.csv 'sqrt(($4 - 666 * $3 / 1001) ^ 2) < 2'
awk -F, "$class_of"' $1 == 1 { if ($3 < last[class_of($3)]) exit 1; last[class_of($3)] = $3 }' ordered.csv ||
  wrong "--shuffle off: not the file's order within a class"

for workers in 0 3; do
  expect_line 78 "classes to stratify by are targets that are whole numbers or one-hot; that of sample 0 is neither" \
    ktrain $workers --stratify balanced --data synthetic:x=16,samples=40,targets=10 --loss mse --metrics none --quiet
  expect_line 64 "--stratify on: must be one of: off, proportional, balanced" ktrain $workers --stratify on
done
finish
