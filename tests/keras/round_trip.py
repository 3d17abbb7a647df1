#!/usr/bin/env python3
"""Keras saves, ktrain trains and saves, Keras loads: through `.keras` and `.h5`, against real Keras 3.

For each model and each kind of file, with the optimizer's state in the file:
  predict   ktrain's predictions from the file are Keras's
  same      ktrain converts the file to its own kind: every array bit for bit, config.json as it was
  load      after ten steps in ktrain, Keras loads what ktrain saved and predicts the same
  continue  ten more steps in Keras from there equal ten more in ktrain (`.keras`; of `.h5` Keras does not take up the
            optimizer's variables: there ktrain's own continuation is compared with Keras's of the `.keras` file)

    round_trip.py --ktrain PROGRAM

Exit code 1 when something differs, 77 when Keras is not there.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from with_keras import keras_or_skip

STEPS, BATCH, SAMPLES = 10, 8, 80
TOLERANCE = 1e-5  # of predictions
WEIGHT_TOLERANCE = 1e-4


def convolutions(keras):
    layers = keras.layers
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("silu")(x)
    x = layers.Add()([x, layers.Conv2D(8, 1)(x)])
    x = layers.AveragePooling2D(2)(x)
    outputs = layers.Dense(4, activation="softmax")(layers.Flatten()(x))
    model = keras.Model(inputs, outputs, name="convolutions")
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"image": (12, 12, 3)}, None, 4


def text(keras):
    layers = keras.layers
    inputs = keras.Input((9,), name="tokens", dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(5))(x)
    outputs = layers.Dense(3, activation="softmax")(x)
    model = keras.Model(inputs, outputs, name="text")
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), keras.losses.SparseCategoricalCrossentropy())
    return model, {"tokens": (9,)}, 20, 3


def nested(keras):
    layers = keras.layers
    base = keras.Sequential([keras.Input((7,)), layers.Dense(6, activation="tanh"), layers.Dense(5)], name="base")
    a = keras.Input((7,), name="a")
    both = layers.Concatenate()([base(a), layers.LayerNormalization()(base(layers.Rescaling(0.5)(a)))])
    model = keras.Model(a, layers.Dense(1)(both), name="nested")
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.02), keras.losses.Huber(delta=0.7))
    return model, {"a": (7,)}, None, 0


def steps(keras):
    """Statistics that are no weights to train, a model on each step of a sequence, activities that cost something, a
    schedule that goes on."""
    import numpy as np

    layers = keras.layers
    inputs = keras.Input((4, 6, 5), name="signal")
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(5).normal(1, 3, (50, 4, 6, 5)))
    each = keras.Sequential(
        [layers.Conv1D(4, 2, activity_regularizer="l2"), layers.BatchNormalization(), layers.Flatten(), layers.Dense(6, "tanh")],
        name="each",
    )
    x = layers.TimeDistributed(each)(normalization(inputs))
    x = layers.GRU(5, activity_regularizer=keras.regularizers.L1L2(1e-2, 1e-2))(x)
    x = layers.BatchNormalization(renorm=True, momentum=0.9)(x)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(x), name="steps")
    schedule = keras.optimizers.schedules.CosineDecay(0.001, 25, warmup_target=0.01, warmup_steps=6)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy")
    return model, {"signal": (4, 6, 5)}, None, 3


MODELS = [convolutions, text, nested, steps]


class Runner:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.failures = 0

    def line(self, model, kind, what, difference, tolerance):
        good = difference <= tolerance
        self.failures += not good
        print(f"{model:13} {kind:6} {what:9} {difference:.1e} {'ok' if good else 'DIFFERS'}", flush=True)

    def ktrain(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"ktrain {' '.join(map(str, arguments))}: {done.stderr.strip()}")

    def train(self, model, data, save, epochs=1):
        self.ktrain(
            "train", "--model", model, "--data", f"npz:{data}", "--validation-data", "none", "--global-batch", BATCH,
            "--epochs", epochs, "--shuffle", "off", "--quiet", "--save", save,
        )  # fmt: skip

    def predict(self, model, data):
        import numpy as np

        out = self.folder / "out.npy"
        self.ktrain("predict", "--model", model, "--data", f"npz:{data}", "--global-batch", 32, "--out", out)
        return np.load(out)


def distance(a, b):
    import numpy as np

    return float(np.max(np.abs(np.asarray(a, "float64") - np.asarray(b, "float64"))) / max(np.max(np.abs(b)), 1e-3))


def same_file(kind, first, second):
    """0 when both hold the same arrays and the same description."""
    import h5py
    import numpy as np

    def arrays(file):
        found = {}
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        return found

    if kind == "keras":
        with zipfile.ZipFile(first) as a, zipfile.ZipFile(second) as b:
            if json.loads(a.read("config.json")) != json.loads(b.read("config.json")):
                return 1.0
            with h5py.File(a.open("model.weights.h5")) as x, h5py.File(b.open("model.weights.h5")) as y:
                one, two = arrays(x), arrays(y)
    else:
        with h5py.File(first) as x, h5py.File(second) as y:
            one, two = arrays(x), arrays(y)
            if json.loads(x.attrs["model_config"]) != json.loads(y.attrs["model_config"]):
                return 1.0
            one = {k: v for k, v in one.items() if k.startswith("model_weights")}
            two = {k: v for k, v in two.items() if k.startswith("model_weights")}
    same = one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)
    return 0.0 if same else 1.0


def run_model(keras, runner, make):
    import numpy as np

    random = np.random.default_rng(3)
    keras.utils.set_random_seed(5)
    model, shapes, integers, classes = make(keras)
    (name, shape), = shapes.items()
    size = (SAMPLES, *shape)
    x = random.integers(0, integers, size) if integers else random.normal(size=size)
    x = x.astype("int32" if integers else "float32")
    y = random.integers(0, classes, SAMPLES) if classes else random.normal(size=(SAMPLES, 1)).astype("float32")
    data = runner.folder / f"{model.name}.npz"
    np.savez(data, x=x, y=y)
    fit = lambda one: one.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    fit(model)  # so that the file has an optimizer's state
    reference = None
    for kind in ("keras", "h5"):
        file, trained, again = (runner.folder / f"{model.name}-{i}.{kind}" for i in range(3))
        model.save(file)
        runner.line(model.name, kind, "predict", distance(runner.predict(file, data), model.predict(x, verbose=0)), TOLERANCE)
        runner.ktrain("convert", file, again)
        runner.line(model.name, kind, "same", same_file(kind, file, again), 0)
        runner.train(file, data, trained)
        try:
            keras.models.load_model(file)
        except ValueError as error:  # an operation in an .h5 file
            print(f"{model.name:13} {kind:6} Keras cannot read its own file: {str(error)[:60]}")
            continue
        loaded = keras.models.load_model(trained)
        runner.line(model.name, kind, "load", distance(runner.predict(trained, data), loaded.predict(x, verbose=0)), TOLERANCE)
        runner.train(trained, data, again)
        ours = keras.models.load_model(again)
        if reference is None:
            fit(loaded)
            reference = loaded.get_weights()
        worst = max(distance(a, b) for a, b in zip(ours.get_weights(), reference))
        runner.line(model.name, kind, "continue", worst, WEIGHT_TOLERANCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ktrain", required=True)
    arguments = parser.parse_args()
    keras = keras_or_skip()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(arguments.ktrain, pathlib.Path(folder))
        for make in MODELS:
            run_model(keras, runner, make)
    print(f"{runner.failures} differences")
    sys.exit(1 if runner.failures else 0)


if __name__ == "__main__":
    main()
