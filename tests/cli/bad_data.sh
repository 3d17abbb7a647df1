#!/usr/bin/env bash
# Data that is missing, damaged or does not fit: one line that names it, the exit code, and no hang.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

bytes() { printf '%b' "$(printf '\\x%s' "$@")"; }
zeros() { head -c "$1" /dev/zero; }

# images_file COUNT / labels_file COUNT: the beginning of an IDX file of 2x2 images, or of labels.
images_file() { bytes 00 00 08 03 00 00 00 "$1" 00 00 00 02 00 00 00 02; }
labels_file() { bytes 00 00 08 01 00 00 00 "$1"; }
# idx FOLDER: 8 images and 8 labels, to be spoiled afterwards.
idx() {
  mkdir "$1"
  { images_file 08 && zeros 32; } >"$1/train-images-idx3-ubyte"
  { labels_file 08 && zeros 8; } >"$1/train-labels-idx1-ubyte"
}
# npy SHAPE TYPE: the 128 bytes before the elements.
npy() {
  bytes 93 4e 55 4d 50 59 01 00 76 00
  printf '%-117s\n' "{'descr': '$2', 'fortran_order': False, 'shape': $1, }"
}
floats() { for ((i = 0; i < $1; ++i)); do bytes 00 00 80 3f; done; }

flatten='{"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten"}}'
small_model | sed "s/null, 16/null, 2, 2, 1/; s/^.*\"name\": \"dense\"/  $flatten,\n&/" >images.json
small_model >small.json

idx good
idx truncated && truncate -s 40 truncated/train-images-idx3-ubyte
idx longer && zeros 1 >>longer/train-labels-idx1-ubyte
idx magic && bytes 00 00 08 09 | dd of=magic/train-images-idx3-ubyte conv=notrunc status=none
idx type && bytes 00 00 0d 03 | dd of=type/train-images-idx3-ubyte conv=notrunc status=none
idx count && { labels_file 07 && zeros 7; } >count/train-labels-idx1-ubyte
idx labels && bytes 0a | dd of=labels/train-labels-idx1-ubyte bs=1 seek=13 conv=notrunc status=none
idx gzipped && gzip gzipped/train-images-idx3-ubyte && truncate -s -9 gzipped/train-images-idx3-ubyte.gz
idx zipped && gzip -n zipped/train-images-idx3-ubyte && checksum=$(($(stat -c %s zipped/*.gz) - 8)) &&
  bytes 5a 5a | dd of=zipped/train-images-idx3-ubyte.gz bs=1 seek="$checksum" conv=notrunc status=none

{ npy '(8, 16)' '<f4' && floats 128; } >x.npy
{ npy '(8,)' '|u1' && zeros 8; } >y.npy
head -c 300 x.npy >short.npy
{ npy '(8, 16)' '<f4' && floats 50 && bytes 00 00 c0 7f && floats 77; } >nan.npy
{ npy '(7,)' '|u1' && zeros 7; } >seven.npy

header=$(printf 'x%s,' {1..16})label
row=$(printf '0.5,%.0s' {1..16})
{ echo "$header" && echo "${row}1" && echo "${row}2"; } >good.csv
{ cat good.csv && echo "${row}"; } >ragged.csv
{ cat good.csv && echo "0.5,${row}3"; } >wide.csv
{ cat good.csv && echo "${row}one"; } >word.csv
{ cat good.csv && echo "${row}10"; } >class.csv
{ cat good.csv && echo "nan,${row#0.5,}3"; } >nan.csv
: >empty.csv

mkdir -p pics/a gifs/a
bytes ff d8 ff e0 >pics/a/broken.jpg
echo GIF89a >gifs/a/moving.gif
echo "hello, no records here" >text.tfrecord
echo hello >text.h5

for workers in 0 3; do
  try() { # CODE TEXT MODEL DATA
    expect_line "$1" "$2" ktrain $workers --model "$3" --data "$4" --global-batch 8 --quiet
  }
  expect 0 ktrain $workers --model images.json --data idx:good --global-batch 8 --quiet
  try 66 "cannot read nowhere/train-images-idx3-ubyte[.gz]: no such file" images.json idx:nowhere
  try 65 "truncated/train-images-idx3-ubyte" images.json idx:truncated
  try 65 "longer/train-labels-idx1-ubyte" images.json idx:longer
  try 65 "magic/train-images-idx3-ubyte" images.json idx:magic
  try 65 "type/train-images-idx3-ubyte" images.json idx:type
  try 65 "count/train-labels-idx1-ubyte: 7 samples, but count/train-images-idx3-ubyte has 8" images.json idx:count
  try 65 "idx:labels: sample 5: class 10 is outside [0, 10)" images.json idx:labels
  try 65 "gzipped/train-images-idx3-ubyte.gz" images.json idx:gzipped
  try 65 "zipped/train-images-idx3-ubyte.gz" images.json idx:zipped
  try 78 "the dataset's samples have shape (2, 2, 1), the model's input 'x' takes (16,)" small.json idx:good

  try 66 "cannot read nowhere.npy" small.json npy:nowhere.npy,y=y.npy
  try 65 "short.npy" small.json npy:short.npy,y=y.npy
  try 65 "seven.npy" small.json npy:x.npy,y=seven.npy
  try 65 "sample 3: input is not finite: nan at element 2" small.json npy:nan.npy,y=y.npy
  try 65 "good.csv" small.json npz:good.csv

  try 66 "nowhere.csv" small.json csv:nowhere.csv,label=label
  try 65 "ragged.csv" small.json csv:ragged.csv,label=label
  try 65 "wide.csv" small.json csv:wide.csv,label=label
  try 65 "word.csv" small.json csv:word.csv,label=label
  try 65 "empty.csv" small.json csv:empty.csv,label=label
  try 65 "csv:class.csv,label=label: sample 2: class 10 is outside [0, 10)" small.json csv:class.csv,label=label
  try 65 "sample 2: input is not finite: nan at element 0" small.json csv:nan.csv,label=label
  try 65 "no column 'class'" small.json csv:good.csv,label=class

  tiny=size=2x2,color_mode=grayscale
  features="x=i:uint8[2,2,1],y=l:int64"
  try 65 "pics/a/broken.jpg: damaged JPEG" images.json "images:pics,$tiny"
  try 65 "gifs/a/moving.gif: GIF images are not supported" images.json "images:gifs,$tiny"
  try 66 "cannot read nowhere: No such file or directory" images.json "images:nowhere,$tiny"
  try 65 "text.tfrecord: record 0" images.json "tfrecord:text.tfrecord,$features"
  try 66 "cannot read no*.tfrecord: no such file" images.json "tfrecord:no*.tfrecord,$features"
  try 65 "text.h5" images.json hdf5:text.h5
  try 64 "unknown scheme 'parquet'" small.json parquet:good.csv
done
finish
