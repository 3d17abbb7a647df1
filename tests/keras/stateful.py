#!/usr/bin/env python3
"""Stateful recurrent layers against real Keras 3: each row of a batch goes on where that of the batch before ended.

  predict   four batches in order, by Keras called eagerly and by ktrain with 1, 3 and 4 workers
  train     two epochs of four steps, by Keras as a model that takes its states as inputs and gives them back (within
            fit, Keras on JAX forgets them) and by ktrain from the file that Keras saved

    stateful.py --ktrain PROGRAM [--run launch/run]

Exit code 1 when something differs, 77 when Keras is not there.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from with_keras import keras_or_skip

BATCH, BATCHES, EPOCHS, STEPS, FEATURES, UNITS = 6, 4, 2, 5, 3, 7
TOLERANCE = 1e-5
HERE = pathlib.Path(__file__).resolve().parent


def make_stateful(keras):
    layers = keras.layers
    inputs = keras.Input(batch_shape=(BATCH, STEPS, FEATURES), name="signal")
    x = layers.LSTM(UNITS, stateful=True, return_sequences=True, name="lstm")(inputs)
    x = layers.Bidirectional(layers.GRU(4, stateful=True, return_sequences=True), name="both")(x)
    outputs = layers.Dense(2, name="out")(layers.SimpleRNN(5, stateful=True, name="simple")(x))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    return model


def make_with_states(keras):
    """The same with the states as inputs and as outputs behind the first."""
    layers = keras.layers
    inputs = keras.Input((STEPS, FEATURES))
    states = [keras.Input((units,)) for units in (UNITS, UNITS, 4, 4, 5)]
    x, h, c = layers.LSTM(UNITS, return_sequences=True, return_state=True, name="lstm")(inputs, initial_state=states[:2])
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True, return_state=True), name="both")
    x, forward, backward = both(x, initial_state=states[2:4])
    x, s = layers.SimpleRNN(5, return_state=True, name="simple")(x, initial_state=states[4:])
    outputs = layers.Dense(2, name="out")(x)
    return keras.Model([inputs, *states], [outputs, h, c, forward, backward, s])


def difference(a, b):
    import numpy as np

    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))) / np.max(np.abs(b)))


class Comparison:
    def __init__(self, keras, arguments, folder):
        import numpy as np

        self.keras, self.arguments, self.folder, self.failures = keras, arguments, folder, 0
        keras.utils.set_random_seed(2)
        self.model = make_stateful(keras)
        self.model.save(folder / "model.keras")
        random = np.random.default_rng(1)
        self.x = random.normal(size=(BATCHES, BATCH, STEPS, FEATURES)).astype("float32")
        self.y = random.normal(size=(BATCHES, BATCH, 2)).astype("float32")
        np.savez(folder / "data.npz", x=self.x.reshape(-1, STEPS, FEATURES), y=self.y.reshape(-1, 2))

    def ktrain(self, workers, *options):
        line = [self.arguments.run, "-n", workers, "--program", self.arguments.ktrain, "--", *options]
        line += ["--model", self.folder / "model.keras", "--data", f"npz:{self.folder}/data.npz", "--global-batch", BATCH]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        run = subprocess.run([str(part) for part in line], capture_output=True, text=True, env=environment)
        if run.returncode:
            sys.exit(f"ktrain {options[0]}: {run.stderr.strip()}")

    def line(self, what, workers, value):
        good = value <= TOLERANCE
        self.failures += not good
        print(f"{what:8} {workers} workers {value:.1e} {'ok' if good else 'DIFFERS'}", flush=True)

    def predict(self):
        import numpy as np

        theirs = np.concatenate([np.asarray(self.model(batch)) for batch in self.x])
        for workers in (1, 3, 4):
            self.ktrain(workers, "predict", "--out", self.folder / "out.npy")
            self.line("predict", workers, difference(np.load(self.folder / "out.npy"), theirs))

    def train(self):
        theirs = self.train_keras()
        for workers in (1, 3, 4):
            log = self.folder / f"{workers}.jsonl"
            self.ktrain(
                workers, "train", "--shuffle", "off", "--validation-data", "none", "--epochs", EPOCHS, "--log-every", 1,
                "--quiet", "--log", log,
            )  # fmt: skip
            events = [json.loads(line) for line in log.read_text().splitlines()]
            ours = [event["loss"] for event in events if event["event"] == "step"]
            self.line("train", workers, max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True)))

    def train_keras(self):
        import numpy as np

        model = make_with_states(self.keras)
        model.set_weights(self.model.get_weights())
        trained = self.keras.Model(model.inputs, model.outputs[0])
        trained.compile(self.keras.optimizers.SGD(0.05, momentum=0.9), "mse")
        states = [np.zeros((BATCH, state.shape[1]), "float32") for state in model.inputs[1:]]
        losses = []
        for _ in range(EPOCHS):
            for x, y in zip(self.x, self.y):
                following = model.predict_on_batch([x, *states])[1:]
                trained.reset_metrics()
                losses.append(float(trained.train_on_batch([x, *states], y, return_dict=True)["loss"]))
                states = following
        return losses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ktrain", required=True)
    parser.add_argument("--run", default=HERE.parents[1] / "launch" / "run")
    arguments = parser.parse_args()
    keras = keras_or_skip()
    with tempfile.TemporaryDirectory(prefix="ktrain-stateful-") as folder:
        comparison = Comparison(keras, arguments, pathlib.Path(folder))
        comparison.predict()
        comparison.train()
    sys.exit(1 if comparison.failures else 0)


if __name__ == "__main__":
    main()
