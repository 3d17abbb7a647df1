# shellcheck shell=bash
# What the tests of the program from outside share. Sourced first; each test is called as: TEST PROGRAM RUN TOOLS LONG,
# with the program, launch/run, the folder of the tools beside this file, and ON for the long form.
set -euo pipefail
# shellcheck disable=SC2034 # read by the tests
program=$1 run=$2 tools=$3 long=${4:-OFF}

# What the program would read as settings is none of the test's.
while IFS= read -r name; do unset "$name"; done < <(compgen -e KTRAIN_)
export OMP_NUM_THREADS=1

folder=$(mktemp -d "${TMPDIR:-/tmp}/ktrain-cli-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"

failures=0
wrong() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}
finish() {
  ((failures == 0)) || printf '%d checks failed\n' "$failures"
  exit $((failures > 0))
}

# ktrain N ARGUMENT…: the program alone where N is 0, else under launch/run with N workers; a hang ends with 124.
ktrain() {
  local workers=$1
  shift
  if ((workers == 0)); then
    timeout -k 5 60 "$program" "$@"
  else
    timeout -k 5 60 "$run" -n "$workers" --program "$program" -- "$@"
  fi
}

# expect CODE COMMAND…: runs it with its output in the files out and err; a failure unless it ends with that code.
expect() {
  local code=$1 actual=0
  shift
  "$@" >out 2>err </dev/null || actual=$?
  ((actual == code)) && return
  wrong "exit code $actual instead of $code: $*"
  cat out err
  return 0
}

# expect_line CODE TEXT COMMAND…: as expect; and it writes one line to stderr, with TEXT in it, and none to stdout.
expect_line() {
  local code=$1 text=$2
  shift 2
  expect "$code" "$@"
  [[ $(wc -l <err) == 1 && ! -s out ]] && grep -qF -- "$text" err && return
  wrong "not one line with '$text': $*"
  cat out err
}

# Two weight files differ by no more than LIMIT.
agree_with() { # FILE FILE LIMIT
  local difference
  difference=$("$tools/compare_weights" "$1" "$2")
  printf '%s and %s differ by %s\n' "$1" "$2" "$difference"
  awk "BEGIN { exit !($difference <= $3) }" || wrong "$1 and $2 differ by $difference, more than $3"
}

# field NAME FILE: the value of a field in the last line of a log.
field() { tail -n 1 "$2" | sed -E 's/.*"'"$1"'":"?([^",}]*).*/\1/'; }

# processes TEXT [PROGRAM]: the ids of the processes whose command line contains TEXT, of those that run PROGRAM.
processes() {
  local file id
  for file in /proc/[0-9]*/cmdline; do
    id=${file//[^0-9]/}
    tr '\0' ' ' 2>/dev/null <"$file" | grep -qF -- "$1" || continue
    [[ -z ${2:-} || $(readlink "/proc/$id/exe") == $(readlink -f "$2") ]] && echo "$id"
  done
  return 0
}
# Of the job whose command line contains TEXT: its workers, mpirun, and launch/run.
workers_of() { processes "$1" "$program"; }
mpirun_of() { processes "$1" "$(command -v prterun || command -v mpirun)"; } # Open MPI 5's mpirun becomes prterun
run_of() { processes "bash $run -n" | grep -xF "$(processes "$1")" | head -n 1; }

# expect_nothing_left TEXT: a failure when processes of such a job are there 10 s from now; ends those.
expect_nothing_left() {
  local tenths left
  for ((tenths = 0; tenths < 100; tenths += 2)); do
    left=$(processes "$1")
    [[ -n $left ]] || return 0
    sleep 0.2
  done
  wrong "left after 10 s: $(ps -o pid,args -p "$(paste -sd, <<<"$left")")"
  xargs -r kill -KILL <<<"$left" 2>/dev/null
}

# A model that trains quickly: 16 numbers in, BatchNormalization and Dropout, 10 classes out.
small_model() {
  cat <<'JSON'
{"module": "keras", "class_name": "Sequential", "config": {"name": "small", "trainable": true, "dtype": "float32", "layers": [
  {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 16], "dtype": "float32", "name": "x"}},
  {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "units": 32, "activation": "relu"}},
  {"module": "keras.layers", "class_name": "BatchNormalization", "config": {"name": "batch_normalization"}},
  {"module": "keras.layers", "class_name": "Dropout", "config": {"name": "dropout", "rate": 0.25}},
  {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense_1", "units": 10, "activation": "softmax"}}]}}
JSON
}
