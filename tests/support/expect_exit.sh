#!/bin/sh
# expect_exit.sh CODE TEXT COMMAND…: succeeds when COMMAND ends within 30 s with exit code CODE and prints TEXT on
# exactly one line (an empty TEXT: whatever it prints).
code=$1 expected=$2
shift 2
output=$(timeout -k 5 30 "$@" 2>&1)
actual=$?
lines=$(printf '%s\n' "$output" | grep -acF -- "$expected")
if [ "$actual" -ne "$code" ] || { [ -n "$expected" ] && [ "$lines" -ne 1 ]; }; then
  printf '%s\nexit code %s, expected %s; %s lines with "%s", expected 1\n' "$output" "$actual" "$code" "$lines" "$expected"
  exit 1
fi
