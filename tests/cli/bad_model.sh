#!/usr/bin/env bash
# Models and files of weights that are wrong, and files that cannot be written: one line that names the layer and the
# argument, or the file, and the exit code.
# shellcheck source=tests/cli/harness.sh
. "$(dirname "$0")/harness.sh"

data=synthetic:x=16,samples=40
small_model >small.json
sed 's/"Dropout"/"ConvLSTM2D"/' small.json >layer.json
sed 's/"rate": 0.25/"rate": 0.25, "noise_shape": [1, 32]/' small.json >argument.json
sed 's/"units": 32/"unit": 32/' small.json >misspelled.json
sed 's/"softmax"/"softmaxx"/' small.json >activation.json
head -c 300 small.json >half.json
echo '{"a": 1}' >other.json
echo 'units: 32' >text.json
small=(--model small.json --data "$data")
expect 0 ktrain 0 --quiet "${small[@]}" --epochs 1 --save good.weights.h5
sed 's/"units": 32/"units": 24/' small.json >narrow.json

for workers in 0 3; do
  refuses() { # CODE TEXT ARGUMENT…
    expect_line "$1" "$2" ktrain $workers "${@:3}"
  }
  model() { # CODE TEXT FILE
    refuses "$1" "$2" --data $data --model "$3"
  }
  model 66 nowhere.json nowhere.json
  model 65 half.json half.json
  model 65 other.json other.json
  model 65 text.json text.json
  model 78 "'dropout' (keras.layers.ConvLSTM2D)" layer.json
  model 78 "layer 'dropout' (Dropout)" argument.json
  model 78 "layer 'dense' (Dense)" misspelled.json
  model 78 "layer 'dense_1' (Dense)" activation.json
  refuses 66 "cannot read w.h5" --weights w.h5 "${small[@]}"
  refuses 65 "small.json" --weights small.json "${small[@]}"
  refuses 74 "cannot write nowhere/p.npy" predict --weights good.weights.h5 --out nowhere/p.npy "${small[@]}"
  refuses 74 "nowhere/log" --log nowhere/log "${small[@]}"
  refuses 74 "nowhere/save.h5" --quiet --save nowhere/save.h5 "${small[@]}"
  refuses 65 "layers/dense/vars/0 has shape (16, 32), but dense/kernel has shape (16, 24)" \
    evaluate --weights good.weights.h5 --model narrow.json --data $data
done
finish
