#!/usr/bin/env python3
"""Models at another batch, against real Keras 3.

For a plain model with BatchNormalization (SGD with momentum), one whose batch dimension is fixed and whose learning
rate follows a schedule (AdamW), and one with a stateful LSTM (Adam), trained in Keras at a global batch of 32:
  back      `ktrain rebatch` from 32 to another batch and back gives the same file: config.json and every array
  keras     what it writes loads in Keras with the hyperparameters of the formulas, and predicts the same
  predict   `ktrain predict` at batches 1, 7, 64 and 1000 gives what Keras predicts, the model's fixed batch or not; a
            stateful one only when its states are to begin anew
  train     `ktrain train --base-batch 32` at another batch equals Keras, which is told the same numbers by hand, its
            optimizer's state converted by hand; with one worker and with three
  schedule  `--batch-schedule` and `--lr-ramp` equal Keras, which is told the numbers by hand epoch by epoch and step by
            step; also with three workers, and stopped in the middle and resumed
  resume    ten steps from what `ktrain rebatch` wrote equal ten steps from the file itself

    rebatch.py --ktrain PROGRAM

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

BASE, SAMPLES = 32, 320
RUN = pathlib.Path(__file__).resolve().parents[2] / "launch" / "run"
TOLERANCE = 1e-4  # of weights, in float32


def plain(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="x"),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ],
        name="plain",
    )
    return model, keras.optimizers.SGD(0.01, momentum=0.9)


def static(keras):
    layers = keras.layers
    inputs = [keras.Input((8, 8, 1), batch_size=BASE, name="x"), layers.Flatten(), layers.Dense(4, activation="softmax")]
    schedule = keras.optimizers.schedules.CosineDecay(0.002, 40)
    return keras.Sequential(inputs, name="static"), keras.optimizers.AdamW(schedule, weight_decay=0.01)


def stateful(keras):
    layers = keras.layers
    inputs = [keras.Input((8, 8), batch_size=BASE, name="x"), layers.LSTM(5, stateful=True), layers.Dense(4, activation="softmax")]
    return keras.Sequential(inputs, name="stateful"), keras.optimizers.Adam(0.003)


def distance(a, b):
    import numpy as np

    return float(np.max(np.abs(np.asarray(a, "float64") - np.asarray(b, "float64"))) / max(np.max(np.abs(b)), 1e-3))


def farthest(one, two):
    return max(distance(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def same_file(first, second):
    """0 when both hold the same description and the same arrays."""
    import h5py
    import numpy as np

    def content(file):
        arrays = {}
        with zipfile.ZipFile(file) as package:
            with h5py.File(package.open("model.weights.h5")) as weights:
                weights.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
            return json.loads(package.read("config.json")), arrays

    (config, arrays), (other_config, other_arrays) = content(first), content(second)
    same = config == other_config and arrays.keys() == other_arrays.keys()
    return 0.0 if same and all(np.array_equal(arrays[name], other_arrays[name]) for name in arrays) else 1.0


class Runner:
    def __init__(self, keras, program, folder):
        self.keras, self.program, self.folder = keras, program, folder
        self.failures = 0

    def line(self, model, what, difference, tolerance=TOLERANCE):
        good = difference <= tolerance
        self.failures += not good
        print(f"{model:9} {what:34} {difference:.1e} {'ok' if good else 'DIFFERS'}", flush=True)

    def ktrain(self, *arguments, workers=1):
        line = [RUN, "-n", workers, "--program", self.program, "--", *arguments]
        done = subprocess.run([str(part) for part in line], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"ktrain {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def load(self, file):
        return self.keras.saving.load_model(file)

    def run(self, model, save, *more, workers=1):
        self.ktrain(
            "train", "--model", model, "--data", f"npz:{self.folder / 'd.npz'}", "--validation-data", "none",
            "--shuffle", "off", "--quiet", "--save", save, *more, workers=workers,
        )  # fmt: skip
        return self.load(save)

    def train(self, model, batch, save, *more, workers=1):
        return self.run(model, save, "--global-batch", batch, "--epochs", 1, *more, workers=workers)

    def prepare(self, recipe):
        import numpy as np

        model, optimizer = recipe(self.keras)
        rng = np.random.default_rng(3)
        self.x = rng.normal(size=(SAMPLES, *model.input_shape[1:])).astype("float32")
        self.y = rng.integers(0, 4, SAMPLES)
        np.savez(self.folder / "d.npz", x=self.x, y=self.y)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(self.x, self.y, batch_size=BASE, epochs=1, shuffle=False, verbose=0)
        file = self.folder / f"{model.name}.keras"
        model.save(file)
        return model, file

    def back(self, model, file):
        for batch, rule in ((256, "auto"), (8, "auto"), (80, "linear")):
            there, back = self.folder / "there.keras", self.folder / "back.keras"
            self.ktrain("rebatch", file, there, "--from", BASE, "--to", batch, "--rule", rule)
            self.ktrain("rebatch", there, back, "--to", BASE)
            self.line(model.name, f"back {rule} {batch}", same_file(file, back), 0)

    def in_keras(self, model, file, batch, expected):
        """`expected`: attributes of the optimizer."""
        there = self.folder / "there.keras"
        self.ktrain("rebatch", file, there, "--from", BASE, "--to", batch)
        loaded = self.load(there)
        found = loaded.optimizer.get_config()
        for name, value in expected.items():
            self.line(model.name, f"keras {batch} {name}", distance(found[name], value), 1e-6)
        if loaded.input_shape[0] is None or model.name == "static":
            rows = self.x[: (batch if loaded.input_shape[0] else 64)]
            self.line(model.name, f"keras {batch} fixed batch", float(loaded.input_shape[0] not in (None, batch)), 0)
            apart = self.keras.models.clone_model(model, input_tensors=self.keras.Input(model.input_shape[1:]))
            apart.set_weights(model.get_weights())
            self.line(model.name, f"keras {batch} predict", distance(loaded(rows), apart(rows)))
        return there

    def predict(self, model, file):
        import numpy as np

        free = self.keras.models.clone_model(model, input_tensors=self.keras.Input(model.input_shape[1:]))
        free.set_weights(model.get_weights())
        expected = free.predict(self.x, verbose=0)
        out = self.folder / "out.npy"
        for batch in (1, 7, 64, 1000):
            said = self.ktrain("predict", "--model", file, "--data", f"npz:{self.folder / 'd.npz'}", "--batch", batch, "--out", out)
            self.line(model.name, f"predict {batch}", distance(np.load(out), expected), 1e-6)
            told = f"its batch dimension was fixed to {BASE}" in said
            self.line(model.name, f"predict {batch} says so", float(told != bool(model.input_shape[0])), 0)

    def trained(self, file, batch, change):
        """Keras from the file at the batch with the numbers that `change` sets."""
        model = self.load(file)
        change(model)
        model.fit(self.x, self.y, batch_size=batch, epochs=1, shuffle=False, verbose=0)
        return model


def set_by_hand(optimizer, rate, momentum, factor):
    """SGD's numbers and its velocity."""
    optimizer.learning_rate = rate
    optimizer.momentum = momentum
    for velocity in optimizer.momentums:
        velocity.assign(velocity * factor)


def check_plain(runner):
    model, file = runner.prepare(plain)
    runner.back(model, file)
    runner.predict(model, file)
    there = runner.in_keras(model, file, 64, {"learning_rate": 0.01 * 2 * (1 - 0.81) / 0.1, "momentum": 0.81})
    runner.in_keras(model, file, 256, {"learning_rate": 0.08, "momentum": 0.9})
    for batch in (64, 8):
        kappa = batch / BASE
        momentum = 0.9**kappa
        rate = 0.01 * kappa * (1 - momentum) / 0.1
        # The velocity is converted when the batch shrinks.
        factor = rate / 0.01 * 0.1 / (1 - momentum) if kappa < 1 else 1

        def change(loaded, rate=rate, momentum=momentum, factor=factor, kappa=kappa):
            set_by_hand(loaded.optimizer, rate, momentum, factor)
            loaded.layers[1].momentum = 0.9**kappa

        expected = runner.trained(file, batch, change)
        for workers in (1, 3):
            out = runner.folder / f"out{batch}.keras"
            done = runner.train(file, batch, out, "--base-batch", BASE, workers=workers)
            runner.line(model.name, f"train {batch}, {workers} workers", farthest(done, expected))
        if batch == 64:
            again = runner.train(there, batch, runner.folder / "again.keras")
            runner.line(model.name, "resume 64", farthest(again, done))

        # The trained file still knows what it was scaled from: an epoch more at the base batch.
        def restore(loaded, rate=rate, momentum=momentum, kappa=kappa):
            back = 1 if kappa < 1 else (0.01 / rate) * (1 - momentum) / 0.1
            set_by_hand(loaded.optimizer, 0.01, 0.9, back)
            loaded.layers[1].momentum = 0.9

        runner.line(
            model.name,
            f"train {batch}, then {BASE}",
            farthest(runner.train(out, BASE, runner.folder / "base.keras"), runner.trained(out, BASE, restore)),
        )


def schedule_in_keras(runner, file, batches):
    """An epoch at each, with half_life's numbers for it and SGD's velocity converted where the batch shrinks."""
    model = runner.load(file)
    before = None
    for batch in batches:
        kappa = batch / BASE
        momentum = 0.9**kappa
        rate = 0.01 * kappa * (1 - momentum) / 0.1
        shrinks = before is not None and batch < before[0]
        factor = rate / before[1] * (1 - before[2]) / (1 - momentum) if shrinks else 1
        set_by_hand(model.optimizer, rate, momentum, factor)
        model.layers[1].momentum = 0.9**kappa
        model.fit(runner.x, runner.y, batch_size=batch, epochs=1, shuffle=False, verbose=0)
        before = (batch, rate, momentum)
    return model


def ramp_in_keras(runner, file, batch, ramp):
    """An epoch at the batch under the linear rule, the learning rate on its ramp and the velocity with it."""
    model = runner.load(file)
    kappa, factor = batch / BASE, None
    model.layers[1].momentum = 0.9**kappa
    for begin in range(0, SAMPLES, batch):
        now = min(1 / kappa + (1 - 1 / kappa) * begin / ramp, 1)
        set_by_hand(model.optimizer, 0.01 * kappa * now, 0.9, now / (factor or now))
        factor = now
        model.train_on_batch(runner.x[begin : begin + batch], runner.y[begin : begin + batch])
    return model


def check_changes(runner):
    """The batch changes within a run."""
    model, file = runner.prepare(plain)
    out = runner.folder / "out.keras"
    batches = (32, 64, 16, 32)
    options = ["--batch-schedule", "0:32,1:64,2:16,3:32", "--epochs", 4, "--base-batch", BASE]
    expected = schedule_in_keras(runner, file, batches)
    for workers in (1, 3):
        done = runner.run(file, out, *options, workers=workers)
        runner.line(model.name, f"schedule, {workers} workers", farthest(done, expected))
    # Within the second epoch, between the second and the third, and within the third.
    for steps in (12, 15, 22):
        checkpoints = ["--checkpoint-dir", runner.folder / f"checkpoints{steps}"]
        runner.run(file, out, *options, *checkpoints, "--steps", steps)
        again = runner.run(file, out, *options, *checkpoints, "--resume")
        runner.line(model.name, f"schedule, resumed after {steps} steps", farthest(again, runner.run(file, out, *options)), 0)
    ramp = ["--rule", "linear", "--base-batch", BASE, "--lr-ramp", 200]
    expected = ramp_in_keras(runner, file, 64, 200)
    runner.line(model.name, "ramp", farthest(runner.train(file, 64, out, *ramp), expected))
    # The mean velocity at the new rate is twice the old one, at the ramp's beginning the same.
    mean = runner.train(file, 64, out, *ramp, "--state-conversion", "mean")
    runner.line(model.name, "ramp, state converted", farthest(mean, expected))
    checkpoints = ["--checkpoint-dir", runner.folder / "ramp"]
    runner.train(file, 64, out, *ramp, *checkpoints, "--steps", 3)
    runner.line(model.name, "ramp, resumed", farthest(runner.train(file, 64, out, *ramp, *checkpoints, "--resume"), expected))
    # Another batch on resume: as the schedule's.
    checkpoints = ["--base-batch", BASE, "--checkpoint-dir", runner.folder / "switch"]
    runner.run(file, out, "--global-batch", 64, "--epochs", 1, *checkpoints)
    switched = runner.run(file, out, "--global-batch", 16, "--epochs", 2, "--rule", "auto", *checkpoints, "--resume")
    runner.line(model.name, "resume at another batch", farthest(switched, schedule_in_keras(runner, file, (64, 16))))


def adaptive(batch):
    """What auto does where the noise scale is not known: the factors of the squared gradient and of the learning rate."""
    noise = max(4 * BASE, batch)
    squares = (1 + noise / batch) / (1 + noise / BASE)
    return squares, batch / BASE * squares**0.5


def check_static(runner):
    model, file = runner.prepare(static)
    runner.back(model, file)
    runner.predict(model, file)
    kappa, (squares, rate) = 2.5, adaptive(80)
    expected = {
        "beta_1": 0.9**kappa,
        "beta_2": 0.999**kappa,
        "epsilon": 1e-7 * squares**0.5,
        "weight_decay": 0.01 * kappa / rate,
    }
    there = runner.in_keras(model, file, 80, expected)
    schedule = runner.load(there).optimizer.get_config()["learning_rate"]["config"]
    runner.line(model.name, "keras 80 decay_steps", distance(schedule["decay_steps"], 16), 0)
    runner.line(model.name, "keras 80 initial_learning_rate", distance(schedule["initial_learning_rate"], 0.002 * rate), 1e-6)
    iteration = int(runner.load(there).optimizer.iterations.numpy())
    runner.line(model.name, "keras 80 iteration", abs(iteration - SAMPLES / BASE / kappa), 0)
    # Keras goes on from what was written as ktrain goes on from the file.
    loaded = runner.load(there)
    loaded.fit(runner.x, runner.y, batch_size=80, epochs=1, shuffle=False, verbose=0)
    for workers in (1, 3):
        done = runner.train(file, 80, runner.folder / "out.keras", "--base-batch", BASE, workers=workers)
        runner.line(model.name, f"train 80, {workers} workers", farthest(done, loaded))


def check_stateful(runner):
    import numpy as np

    model, file = runner.prepare(stateful)
    runner.back(model, file)
    there = runner.in_keras(model, file, 80, {"learning_rate": 0.003 * adaptive(80)[1]})
    loaded = runner.load(there)
    # One step: within fit, Keras on JAX forgets the states.
    loaded.fit(runner.x[:80], runner.y[:80], batch_size=80, epochs=1, shuffle=False, verbose=0)
    done = runner.train(there, 80, runner.folder / "out.keras", "--steps", 1)
    runner.line(model.name, "train 80", farthest(done, loaded))
    at = ["--model", file, "--data", f"npz:{runner.folder / 'd.npz'}", "--batch", 80, "--out", runner.folder / "out.npy"]
    try:
        runner.ktrain("predict", *at)
        refused = ""
    except RuntimeError as error:
        refused = str(error)
    runner.line(model.name, "predict 80 refused", float("with --reset-states they begin at zero" not in refused), 0)
    runner.ktrain("predict", *at, "--reset-states")
    # The file at 80, whose weights are the same, by Keras.
    first = runner.load(there)(runner.x[:80])
    runner.line(model.name, "predict 80", distance(np.load(runner.folder / "out.npy")[:80], first), 1e-6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ktrain", required=True)
    arguments = parser.parse_args()
    keras = keras_or_skip()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(keras, arguments.ktrain, pathlib.Path(folder))
        for check in (check_plain, check_changes, check_static, check_stateful):
            check(runner)
    print(f"{runner.failures} differences")
    sys.exit(1 if runner.failures else 0)


if __name__ == "__main__":
    main()
