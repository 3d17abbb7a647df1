#!/usr/bin/env bash
# Checkpoints that are damaged or of another run, a disk that fills up while one is written, workers that were given
# different options, and a loss that is not finite.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

small_model >small.json
sed 's/"units": 32/"units": 24/' small.json >other.json
# What the command line does not say; it is stronger.
export KTRAIN_MODEL=small.json KTRAIN_DATA=synthetic:x=16,samples=1000 KTRAIN_GLOBAL_BATCH=50 KTRAIN_QUIET=on
whole=checkpoint-000000001000.h5 newest=checkpoint-000000002000.h5

expect 0 ktrain 0 --epochs 2 --checkpoint-dir good
flip() { # FILE OFFSET
  printf '\xff\x00\xaa' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

for workers in 0 3; do
  try() { # CODE TEXT ARGUMENT…
    expect_line "$1" "$2" ktrain $workers "${@:3}"
  }
  cp good/$newest truncated.h5 && truncate -s -100 truncated.h5
  cp good/$newest stub.h5 && truncate -s 100 stub.h5
  cp good/$newest flipped.h5 && flip flipped.h5 9000
  cp good/$newest header.h5 && flip header.h5 40
  : >empty.h5
  try 65 "truncated.h5: truncated checkpoint" --resume truncated.h5
  try 65 "stub.h5: truncated checkpoint" --resume stub.h5
  try 65 "flipped.h5: damaged checkpoint: its checksum does not match" --resume flipped.h5
  try 65 "header.h5: " --resume header.h5
  try 65 "empty.h5: not a ktrain checkpoint" --resume empty.h5
  try 65 "small.json: not a ktrain checkpoint" --resume small.json
  try 66 "cannot read nowhere.h5" --resume nowhere.h5
  try 66 "no whole checkpoint in nowhere" --resume --checkpoint-dir nowhere
  try 65 "good/$newest: " --model other.json --resume good/$newest
  try 65 "good/$newest: " --optimizer sgd --resume good/$newest
  try 78 "written with seed 0, this run has 5" --seed 5 --resume good/$newest
  try 78 "written with global_batch 50, this run has 25" --global-batch 25 --resume good/$newest
  try 78 "written with dataset_samples 1000, this run has 999" --data synthetic:x=16,samples=999 --resume good/$newest
  try 78 "good holds checkpoints of a run" --checkpoint-dir good

  # In a folder the newest whole one counts.
  rm -rf damaged && cp -r good damaged && flip damaged/$newest 9000
  expect 0 ktrain $workers --quiet off --resume --checkpoint-dir damaged --epochs 2
  for line in "skipped damaged/$newest: damaged checkpoint" "resumed from damaged/$whole at epoch 2"; do
    grep -qF "$line" out || { wrong "no line '$line'" && cat out; }
  done
  rm -rf damaged && cp -r good damaged && for file in damaged/*; do truncate -s 600 "$file"; done
  try 66 "no whole checkpoint in damaged" --resume --checkpoint-dir damaged

  try 76 "step " --optimizer sgd --lr 1e38
done

# A file that may not grow so large: what was there stays.
# shellcheck disable=SC2317 # called by expect_line
limited() (ulimit -f 8 && ktrain 0 "$@")
mkdir limited && cp good/$whole limited
expect_line 74 "cannot write limited/$newest: File too large" limited --resume --checkpoint-dir limited --epochs 2
[[ $(ls limited) == "$whole" ]] || wrong "limited: left $(ls limited)"
cmp good/$whole limited/$whole || wrong "limited: the old checkpoint did not survive"
expect 0 ktrain 0 --resume --checkpoint-dir limited --epochs 2
expect_line 74 "cannot write limited.weights.h5: File too large" limited --epochs 1 --save limited.weights.h5
[[ -z $(find . -name "limited.weights*") ]] || wrong "limited: left $(ls limited.weights*)"

# A full disk, where this machine lets us make one.
mkdir disk
if mount -t tmpfs -o size=128k tmpfs disk 2>/dev/null; then
  trap 'umount -l "$folder/disk"; rm -rf "$folder"' EXIT
  for workers in 0 3; do
    rm -f disk/* && cp good/$whole disk && head -c "$((120000 - $(stat -c %s good/$whole)))" /dev/zero >disk/other
    expect_line 74 "cannot write disk/$newest: No space left on device" \
      ktrain $workers --resume --checkpoint-dir disk --epochs 2
    cmp good/$whole disk/$whole || wrong "full disk: the old checkpoint did not survive"
    rm disk/other
    expect 0 ktrain $workers --resume --checkpoint-dir disk --epochs 2
  done
else
  echo "no tmpfs can be mounted here: without a full disk"
fi

# Workers that were started with different options.
cat >by_rank.sh <<'TEXT'
# PROGRAM OPTIONS-OF-RANK-0 OPTIONS-OF-RANK-1
[ "$OMPI_COMM_WORLD_RANK" = 0 ] && exec "$1" $2
exec "$1" $3
TEXT
differ() { # TEXT OPTIONS-OF-RANK-0 OPTIONS-OF-RANK-1
  # Not mpirun's own "…: …": Open MPI 5.0.7 crashes on it.
  expect 78 timeout -k 5 60 mpirun -n 2 sh by_rank.sh "$program" "$2" "$3"
  [[ $(grep -c '^ktrain: ' err) == 1 ]] && grep -qF "$1" err && return
  wrong "not one line with '$1'" && cat out err
}
differ "options differ between ranks: rank 0 has seed=1, rank 1 has seed=2" "--seed 1" "--seed 2"
differ "options differ between ranks: rank 0 has lr=none, rank 1 has lr=0.5" "" "--lr 0.5"
finish
