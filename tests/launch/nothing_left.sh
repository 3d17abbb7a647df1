#!/bin/bash
# nothing_left.sh LAUNCHER PROGRAM: succeeds when no worker is left 10 s after a SIGKILL to the mpirun of a busy job,
# started by LAUNCHER (mpirun, or launch/run). Three moments: early, and in the middle of the exchange.
set -euo pipefail
launcher=$1 program=$2

# processes TEXT: the ids of the processes whose command line contains TEXT.
processes() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -qF -- "$1"; then basename "${file%/cmdline}"; fi
  done
}

for delay in 0 0.5 1; do
  mark="run-$$-$delay" # comm_endings takes it for an ending that never comes
  as_program=("$program")
  [[ $(basename "$launcher") == run ]] && as_program=(--program "$program")
  "$launcher" -n 3 "${as_program[@]}" "$mark" >/dev/null 2>&1 &
  until (($(processes "$program $mark" | wc -l) >= 4)); do sleep 0.1; done # mpirun and its three workers
  sleep "$delay"
  for id in $(processes "$program $mark"); do
    case $(cat "/proc/$id/comm") in mpirun | mpiexec* | prterun | orterun) kill -KILL "$id" ;; esac
  done
  for ((tenths = 0; tenths < 100; tenths += 5)); do
    left=$(processes "$mark")
    [[ -n $left ]] || continue 2
    sleep 0.5
  done
  echo "left 10 s after the launcher was killed: $left"
  xargs -r kill -KILL <<<"$left"
  exit 1
done
