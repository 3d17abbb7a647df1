#!/usr/bin/env bash
# kill -9 of a worker, and of mpirun, at random moments of a job that writes checkpoints all the time: its exit code and
# message, nothing left, and the next run continues from the newest checkpoint, which is whole.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

rounds=4
[[ $long != ON ]] || rounds=52
small_model | sed 's/"units": 32/"units": 4096/' >small.json # a checkpoint of 900 kB
checkpoints=$folder/checkpoints
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=1000 KTRAIN_GLOBAL_BATCH=50
every=(--checkpoint-dir "$checkpoints" --checkpoint-every 50)

newest() { find "$checkpoints" -name '*.h5' | sort | tail -n 1; }

# start KIND: the job, going on from what is there, in the background; its id in $job.
start() {
  local launch=(mpirun -n 3 "$program")
  [[ $1 != *-run ]] || launch=("$run" -n 3 --program "$program" --)
  local resume=()
  [[ -z $(newest) ]] || resume=(--resume)
  timeout -k 5 120 "${launch[@]}" "${every[@]}" "${resume[@]}" --epochs 1000000 >job.out 2>job.err </dev/null &
  job=$!
}

victim() {
  case $1 in
    worker-*) workers_of "$checkpoints" | shuf -n 1 ;;
    mpirun-*) mpirun_of "$checkpoints" | head -n 1 ;;
  esac
}

expect_said() { # PATTERN
  grep -qE "$1" job.err && return
  tr '\n' ' ' <job.err | grep -qE "$1" && return # Open MPI 5 wraps its messages
  wrong "$kind: nothing like '$1' in:" && cat job.err
}

# expect_end KIND STATUS
expect_end() {
  local code=137
  [[ $1 != *-run ]] || code=69
  (($2 == code)) || { wrong "$1: exit code $2, not $code" && cat job.err; }
  case $1 in
    worker-mpirun) expect_said 'noticed that process rank [0-2] .* on signal 9' ;;
    worker-run)
      expect_said 'noticed that process rank [0-2] .* on signal 9'
      expect_said '^ktrain: worker lost: rank [0-2] on [^ ]+ \(signal 9\)'
      ;;
    mpirun-run) expect_said '^ktrain: the launcher \(mpirun\) was killed' ;;
  esac
}

mkdir "$checkpoints"
interrupted=0
for ((round = 0; round < rounds; ++round)); do
  kinds=(worker-run mpirun-run worker-mpirun mpirun-mpirun)
  kind=${kinds[round % 4]}
  before=$(newest)
  start "$kind"
  until [[ $(newest) != "$before" ]]; do
    kill -0 $job 2>/dev/null || { wrong "$kind: ended before it was killed" && cat job.err && finish; }
    sleep 0.02
  done
  sleep "0.$((RANDOM % 5))$RANDOM"
  kill -KILL "$(victim "$kind")"
  status=0
  wait $job || status=$?
  expect_end "$kind" $status
  expect_nothing_left "$checkpoints"
  [[ -z $(find "$checkpoints" -name '*.partial') ]] || interrupted=$((interrupted + 1))

  # The next run, here of one worker that has nothing left to do, begins at the newest.
  last=$(newest)
  expect 0 ktrain 0 "${every[@]}" --resume --steps 1
  [[ $(cat out) == "resumed from $last at epoch "* ]] || { wrong "$kind: not resumed from $last" && cat out; }
  printf '%s: exit code %s after %s\n' "$kind" $status "${last##*/}"
done
echo "$rounds kills, $interrupted of them in the middle of writing a checkpoint"
expect 0 ktrain 3 "${every[@]}" --resume --steps $((10#$(basename "$last" .h5 | tr -dc 0-9) / 50 + 5))
finish
