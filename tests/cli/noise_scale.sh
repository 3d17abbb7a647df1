#!/usr/bin/env bash
# --measure-noise-scale and ktrain noise-scale: the same on any number of workers, through resumes, and as the gradients
# of single samples say.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

small_model >small.json
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=400 KTRAIN_GLOBAL_BATCH=30 KTRAIN_EPOCHS=3
export KTRAIN_VALIDATION_DATA=none KTRAIN_OPTIMIZER=sgd KTRAIN_LR=0.02

measured() { grep -o '"noise_scale":.*"noise_biased":[a-z]*' "$1" || true; }

expect 0 ktrain 0 --log plain.jsonl
cp out plain
[[ -z $(measured plain.jsonl) ]] || wrong "measured without being asked to"

# 60 divides no place in the short last steps, of samples 390 to 399, 790 to 799 and 1190 to 1199.
seq 0 60 1199 | awk '{ print ($1 % 400) - ($1 % 400) % 30 + 30 + 400 * int($1 / 400) }' >expected
for workers in 0 1 2 3 5 8; do
  expect 0 ktrain $workers --measure-noise-scale --noise-scale-every 60 --log log$workers.jsonl
  [[ $(grep -c '^noise scale: .* measurements)$' out) == 3 ]] || { wrong "$workers workers: not three words on it" && cat out; }
  cmp <(grep -o 'loss: [0-9.]*' plain) <(grep -o 'loss: [0-9.]*' out) || wrong "$workers workers: other losses when measured"
  grep '"event":"step".*"noise_scale"' log$workers.jsonl | sed -E 's/.*"samples":([0-9]+),.*/\1/' | cmp - expected ||
    wrong "$workers workers: measured in other steps"
  paste -d, <(measured log0.jsonl | grep -o '"noise_trace":[^,]*' | cut -d: -f2) \
    <(measured log$workers.jsonl | grep -o '"noise_trace":[^,]*' | cut -d: -f2) |
    awk -F, '$1 <= 0 || ($1 - $2) ^ 2 > (1e-3 * $1) ^ 2 { bad = 1; print } END { exit bad || NR != 23 }' ||
    wrong "$workers workers: another tr(Sigma)"
done

# To the bit, with and without, and from the middle of an epoch on with other workers.
export KTRAIN_REPRODUCIBLE=on
measuring=(--measure-noise-scale --noise-scale-every 60 --quiet)
expect 0 ktrain 0 --log bits-plain.jsonl --quiet
expect 0 ktrain 0 "${measuring[@]}" --log bits.jsonl
expect 0 ktrain 3 "${measuring[@]}" --log bits3.jsonl
cmp <(measured bits.jsonl) <(measured bits3.jsonl) || wrong "another noise scale with 3 workers"
for log in bits bits3; do
  [[ $(field weights_digest $log.jsonl) == "$(field weights_digest bits-plain.jsonl)" ]] || wrong "$log: other weights"
done
relay=("${measuring[@]}" --checkpoint-dir relay --log relay.jsonl)
expect 0 ktrain 3 "${relay[@]}" --steps 9
expect 0 ktrain 5 "${relay[@]}" --resume --steps 24
expect 0 ktrain 2 "${relay[@]}" --resume
cmp <(measured bits.jsonl) <(measured relay.jsonl) || wrong "another noise scale after resumes"

# A step in one shard is paired with the next, also over a resume between the two.
pairs=(--shard 30 "${measuring[@]}")
expect 0 ktrain 0 "${pairs[@]}" --log pairs.jsonl
measured pairs.jsonl | grep -q '"noise_biased":true' || wrong "pairs of steps are not marked"
if measured pairs.jsonl | grep -q '"noise_biased":false'; then wrong "measured in pieces that are not there"; fi
expect 0 ktrain 2 "${pairs[@]}" --checkpoint-dir pairs --log relayed.jsonl --steps 3
expect 0 ktrain 0 "${pairs[@]}" --checkpoint-dir pairs --log relayed.jsonl --resume
cmp <(measured pairs.jsonl) <(measured relayed.jsonl) || wrong "another noise scale after a resume within a pair"
unset KTRAIN_REPRODUCIBLE KTRAIN_EPOCHS

# The command: all samples one by one as one batch say the same, within the interval. Normalized by other samples'
# statistics, a gradient would hang on the batch.
grep -v '"BatchNormalization"' small.json | sed 's/0.25/0.0/' >alone.json
export KTRAIN_MODEL=alone.json
expect 0 ktrain 0 noise-scale --global-batch 400 --shard 1
direct=$(sed -nE 's/^noise scale: ([0-9.e+]+) samples .*/\1/p' out)
[[ -n $direct ]] || { wrong "no noise scale" && cat out; }
for workers in 0 1 3 8; do
  expect 0 ktrain $workers noise-scale --global-batch 40
  sed -nE 's/^noise scale: ([0-9.e+]+) samples, 95 % between ([0-9.e+]+) and ([0-9.e+]+) \(10 measurements\)$/\1 \2 \3/p' out >words
  awk -v direct="$direct" '{ ok = $2 < direct && direct < $3 && $2 < $1 && $1 < $3 } END { exit !ok }' words ||
    { wrong "$workers workers: not around $direct" && cat out; }
  # 1 + phi / 80 over 1 + phi / 40, and 80 + phi over 40 + phi.
  read -r phi _ <words
  awk -v phi="$phi" '$1 == 80 { d = $2 - (1 + phi / 80) / (1 + phi / 40); e = $3 - (80 + phi) / (40 + phi)
                                ok = d * d < 4e-6 && e * e < 4e-6 } END { exit !ok }' out ||
    { wrong "$workers workers: another table" && cat out; }
done
expect 0 ktrain 3 noise-scale --global-batch 40 --steps 25
grep -q '(25 measurements)$' out || { wrong "not as many batches as asked for" && cat out; }

# Drawn from the log: a place on the estimate's line for each measurement of the run.
expect 0 ktrain 3 noise-scale --from-log log3.jsonl --svg noise.svg
grep -o '<path d="[^"]*" fill="none" stroke="#3f8fd2"' noise.svg | grep -oE '[ML]' | wc -l >drawn
grep -c '"event":"step".*"noise_scale":[0-9]' log3.jsonl | cmp - drawn || { wrong "not drawn as measured" && cat noise.svg; }
expect_line 66 "absent.jsonl" ktrain 0 noise-scale --from-log absent.jsonl --svg other.svg
expect_line 65 "plain.jsonl: has no noise scale; ktrain train --measure-noise-scale writes it" \
  ktrain 0 noise-scale --from-log plain.jsonl --svg other.svg
sed 's/"samples":[0-9]*/"samples":-1/' log3.jsonl >negative.jsonl
expect_line 65 "samples -1 is no number of samples" ktrain 0 noise-scale --from-log negative.jsonl --svg other.svg
head -c 700 log3.jsonl >cut.jsonl
expect_line 65 "cut.jsonl: line 1: not JSON" ktrain 3 noise-scale --from-log cut.jsonl --svg other.svg
expect_line 78 "--from-log and --svg need each other" ktrain 0 noise-scale --svg other.svg
[[ ! -e other.svg ]] || wrong "something was drawn"

expect_line 78 "--noise-scale-every needs --measure-noise-scale" ktrain 0 --noise-scale-every 60
expect_line 78 "--measure-noise-scale and --batchnorm local exclude each other" \
  ktrain 3 --measure-noise-scale --batchnorm local
expect_line 64 "--epochs is not an option of ktrain noise-scale" ktrain 0 noise-scale --epochs 2
finish
