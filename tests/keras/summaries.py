#!/usr/bin/env python3
"""Compares `ktrain summary` with Keras's model.summary(), row by row.

    summaries.py --ktrain PROGRAM

Exit code 1 when something differs, 77 when Keras is not there.
"""

import argparse
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from with_keras import keras_or_skip

WIDTH = 600  # of Keras's table, so that no cell is broken


def open_sizes(keras):
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=2)(inputs)
    return keras.Model(inputs, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)), name="open_sizes")


def sequence_to_sequence(keras):
    layers = keras.layers
    source, target = keras.Input((None,), name="source"), keras.Input((7,), name="target")
    embedding = layers.Embedding(30, 6, mask_zero=True)
    _, *states = layers.LSTM(5, return_state=True)(embedding(source))
    x = layers.LSTM(5, return_sequences=True)(embedding(target), initial_state=states)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.Bidirectional(layers.GRU(4, return_sequences=True))(x)
    return keras.Model([source, target], layers.Dense(30, activation="softmax")(x), name="sequence_to_sequence")


def nested(keras):
    layers = keras.layers
    base = keras.Sequential([keras.Input((12,)), layers.Dense(6), layers.BatchNormalization()], name="base")
    outer = keras.Sequential([keras.Input((9, 12)), layers.TimeDistributed(base), layers.Flatten()], name="outer")
    outer.layers[0].trainable = False
    a, b = keras.Input((9, 12)), keras.Input((9, 12))
    x = layers.Concatenate()([outer(a), outer(b)])
    x = layers.Add()([layers.Dense(3)(x) * 2.0, layers.Dense(3)(x)[:, ::1]])
    return keras.Model([a, b], x, name="nested")


def stateful(keras):
    inputs = keras.Input(batch_shape=(4, 6, 5))
    return keras.Model(inputs, keras.layers.LSTM(3, stateful=True)(inputs), name="stateful")


def channels_first(keras):
    layers = keras.layers
    inputs = keras.Input((3, 12, 10))
    x = layers.Conv2D(4, 3, data_format="channels_first", activity_regularizer="l2")(inputs)
    x = layers.PReLU()(layers.Dropout(0.5)(layers.MaxPooling2D(data_format="channels_first")(x)))
    model = keras.Sequential([layers.Normalization(), keras.Model(inputs, x)], name="channels_first")
    model.build((None, 3, 12, 10))
    return model


def compiled(optimizer):
    """Keras counts the variables of a model's optimizer, too."""

    def make(keras):
        layers = keras.layers
        model = keras.Sequential([keras.Input((12,)), layers.Dense(6), layers.BatchNormalization(), layers.Dense(3)],
                                 name="compiled")  # fmt: skip
        model.layers[0].trainable = False
        model.compile(optimizer=optimizer(keras), loss="mse")
        model.optimizer.build(model.trainable_variables)
        return model

    make.__name__ = f"compiled {optimizer.__name__}"
    return make


def adam(keras):
    return keras.optimizers.Adam(amsgrad=True, use_ema=True)


def sgd(keras):
    return keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9)


def adafactor(keras):
    return keras.optimizers.Adafactor()


def accumulating(keras):
    return keras.optimizers.Nadam(gradient_accumulation_steps=4)


COMPILED = [compiled(optimizer) for optimizer in (adam, sgd, adafactor, accumulating)]
OWN = [open_sizes, sequence_to_sequence, nested, stateful, channels_first, *COMPILED]


def of_keras(model):
    printed = []
    model.summary(line_length=WIDTH, print_fn=printed.append)
    rows = [[cell.strip() for cell in re.split("[│┃]", line)[1:-1]] for line in printed[0].splitlines() if line[0] in "│┃"]
    return rows, [line.strip() for line in printed[0].splitlines() if "params:" in line or line.startswith("Model:")]


def of_ktrain(program, file):
    done = subprocess.run([program, "summary", "--model", str(file)], capture_output=True, text=True)
    if done.returncode:
        return [[done.stderr.strip()]], []
    first, *lines = done.stdout.splitlines()
    rows = [re.split("  +", line) for line in lines if "params:" not in line]
    return rows, [first] + [line for line in lines if "params:" in line]


def differences(program, model, file):
    model.save(file)
    (theirs, their_totals), (ours, our_totals) = of_keras(model), of_ktrain(program, file)
    pairs = itertools.chain(itertools.zip_longest(ours, theirs), itertools.zip_longest(our_totals, their_totals))
    return [f"ktrain {one}, Keras {other}" for one, other in pairs if one != other]


def models(keras):
    """(name, model) in turn: those above, and those that are trained against Keras."""
    from zoo import RECIPES

    makers = {make.__name__: lambda make=make: make(keras) for make in OWN}
    makers |= {name: recipe.make for name, recipe in RECIPES.items()}
    for name, make in makers.items():
        keras.utils.clear_session()
        yield name, make()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ktrain", required=True)
    arguments = parser.parse_args()
    os.environ["COLUMNS"] = str(WIDTH)
    keras = keras_or_skip()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models(keras):
            found = differences(arguments.ktrain, model, pathlib.Path(folder) / "model.keras")
            failures += len(found)
            print(f"{name}: {len(model.layers)} layers, {len(found)} differences", flush=True)
            for line in found:
                print(f"  {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
