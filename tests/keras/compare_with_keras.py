#!/usr/bin/env python3
"""Compares the ktrain program with real Keras 3: same weights in, same batches, what comes out?

For each model and optimizer both train 10 steps on Fashion-MNIST, in file order, the last batch a short one, Dropout
rates 0. Compared are each step's loss (1e-5 relative), all variables after the last step, moving statistics included
(1e-4, see difference()), predictions and the evaluated loss (1e-5); and Keras must read the weights file that ktrain
writes, optimizer included.

Keras computes in float64 on JAX. Its Adam gets the betas as float32 holds them, which is what Keras computes with when
it computes in float32: at the first steps the difference moves an update by 6e-6 of itself.

Adam divides a gradient by about its own size, so that an element whose gradient happens to be near zero shows how the
float32 arithmetic in front of it was rounded; behind twenty normalizations that is more than the tolerance for some
initial weights, in Keras too. Adam on the models in BEYOND is therefore held to BEYOND_FACTOR times the tolerance of
weights, and the error of ktrain's gradients in the first step, of all variables (root mean square, relative), to
NOISE_FACTOR times that of Keras's own in float32.

    compare_with_keras.py --ktrain PROGRAM [--models mlp,cnn,resnet20] [--optimizers sgd,nesterov,adam,adamw,rmsprop]

Where this Python has no Keras, one is installed from the Python registry into --environment. Ends with 77 (skipped) when
the registry cannot be reached, with 1 when something differs.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import venv

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
BATCH, SAMPLES, STEPS = 32, 300, 10
LOSS_TOLERANCE, WEIGHT_TOLERANCE, OUTPUT_TOLERANCE = 1e-5, 1e-4, 1e-5
BEYOND, BEYOND_FACTOR, NOISE_FACTOR = {"resnet20"}, 1.5, 1.25
ROUNDED_BETAS = {"beta_1": 0.8999999761581421, "beta_2": 0.9990000128746033}
# Keras's class and arguments, and ktrain's options.
OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.01, "momentum": 0.9}, "--optimizer sgd --lr 0.01 --momentum 0.9"),
    "nesterov": (
        "SGD",
        {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
        "--optimizer sgd --lr 0.01 --momentum 0.9 --nesterov",
    ),
    "adam": ("Adam", {"learning_rate": 1e-3, **ROUNDED_BETAS}, "--optimizer adam --lr 0.001"),
    "adamw": ("AdamW", {"learning_rate": 1e-3, **ROUNDED_BETAS}, "--optimizer adamw --lr 0.001"),
    "rmsprop": ("RMSprop", {"learning_rate": 1e-3}, "--optimizer rmsprop --lr 0.001"),
}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ktrain", required=True)
    parser.add_argument("--models", default="mlp,cnn,resnet20")
    parser.add_argument("--optimizers", default=",".join(OPTIMIZERS))
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    parser.add_argument("--environment", default=str(cache / "ktrain" / "keras"))
    return parser.parse_args()


def run_where_keras_is(environment):
    """Goes on in this process when it has Keras, else in a Python that does."""
    try:
        import h5py, jax, keras  # noqa: F401

        return
    except ImportError:
        pass
    python = pathlib.Path(environment) / "bin" / "python"
    if os.environ.get("KTRAIN_KERAS_ENVIRONMENT") == str(python):
        sys.exit(f"{python} has no Keras; remove {environment} to install it anew")
    packages = ["keras", "jax", "h5py", "numpy"]
    try:
        if not python.exists():
            venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: registry not reachable ({error})")
        sys.exit(SKIPPED)
    os.environ["KTRAIN_KERAS_ENVIRONMENT"] = str(python)
    os.execv(python, [str(python), *sys.argv])


def difference(a, b, floor=1e-3):
    """max|a - b| / max(max|b|, floor)"""
    import numpy as np

    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), floor))


def largest_relative(values, references):
    return max(abs(a - b) / abs(b) for a, b in zip(values, references))


def read_idx(name):
    """The first images or labels of Fashion-MNIST's test set, from the distribution's package."""
    import numpy as np

    with gzip.open(DATA / f"t10k-{name}-ubyte.gz") as file:
        content = file.read()
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, 4)
    return np.frombuffer(content, "uint8", offset=4 + 4 * axes).reshape(shape)[:SAMPLES]


def let_keras_compute_in_float64():
    """Except on TensorFlow, Keras gives some layers float32 where their model says float64: BatchNormalization's mean
    of 25,000 values then comes out wrong by 1e-4."""
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    if dtypes.result_type("float64", "float32") != "float64":
        raise RuntimeError("this Keras cannot be made to compute in float64")


def without_dropout(value):
    """A model's JSON with every Dropout rate 0."""
    if isinstance(value, list):
        return [without_dropout(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: without_dropout(item) for key, item in value.items()}
    if value.get("class_name") == "Dropout":
        value["config"]["rate"] = 0.0
    return value


class Comparison:
    """One model: its initial weights, its data, and the folder where both programs find them."""

    def __init__(self, name, ktrain, folder):
        import keras
        import numpy as np

        self.name, self.ktrain, self.folder = name, ktrain, folder
        folder.mkdir()
        written = (REPOSITORY / "configs" / "models" / f"{name}.json").read_text()
        description = without_dropout(json.loads(written))
        self.architecture = folder / f"{name}.json"
        self.architecture.write_text(json.dumps(description))
        keras.utils.set_random_seed(1)
        self.single = keras.models.model_from_json(json.dumps(description))
        self.initial = folder / f"{name}.weights.h5"
        self.single.save_weights(self.initial)
        self.initial_values = self.single.get_weights()
        written = json.dumps(description)
        self.references = {
            precision: keras.models.model_from_json(written.replace('"float32"', f'"{precision}"'))
            for precision in ("float32", "float64")
        }
        self.x, self.y = read_idx("images-idx3")[..., None], read_idx("labels-idx1")
        self.data = folder / f"{name}.npz"
        np.savez(self.data, x=self.x, y=self.y)

    def start(self, optimizer, arguments, precision):
        """Keras's model in this precision at the initial weights, with a new optimizer."""
        import keras

        keras.config.set_floatx(precision)  # of the loss and the learning rate, too
        model = self.references[precision]
        model.set_weights(self.initial_values)
        model.compile(
            getattr(keras.optimizers, optimizer)(**arguments),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            run_eagerly=True,
            jit_compile=False,
        )
        return model

    def run(self, command, *options):
        line = [self.ktrain, command, "--model", str(self.architecture), "--data", f"npz:{self.data}", *options]
        result = subprocess.run(line, capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(line)} ended with {result.returncode}: {result.stderr.strip()}")
        return result.stdout

    def train_keras(self, model, precision, steps=STEPS):
        losses = []
        for begin in range(0, steps * BATCH, BATCH):
            batch = slice(begin, min(begin + BATCH, SAMPLES))
            x = self.x[batch].astype(precision)
            model.reset_metrics()  # else Keras 3.12 averages over the batches so far
            losses.append(float(model.train_on_batch(x, self.y[batch], return_dict=True)["loss"]))
        return losses

    def train_ktrain(self, options, saved, steps=STEPS):
        log = saved.with_suffix(".jsonl")
        fixed = f"--shuffle off --global-batch {BATCH} --steps {steps} --epochs 1 --log-every 1 --quiet"
        loss = "--loss sparse_categorical_crossentropy --metrics accuracy --validation-data none"
        self.run(
            "train", "--weights", str(self.initial), "--log", str(log), "--save", str(saved), *fixed.split(),
            *loss.split(), *options.split()
        )  # fmt: skip
        events = [json.loads(line) for line in log.read_text().splitlines()]
        return [event["loss"] for event in events if event["event"] == "step"]

    def load_into_keras(self, saved, optimizer, arguments, steps=STEPS):
        """ktrain's file, read by Keras; its optimizer must have taken up its variables, too."""
        import keras

        self.single.compile(getattr(keras.optimizers, optimizer)(**arguments), "mse")
        self.single.optimizer.build(self.single.trainable_variables)
        self.single.load_weights(saved)
        iterations = int(self.single.optimizer.iterations)
        if iterations != steps:
            raise RuntimeError(f"Keras did not take up ktrain's optimizer: iteration {iterations}, not {steps}")

    def slots(self, model):
        return [v for v in model.optimizer.variables if v.name not in ("iteration", "learning_rate")]

    def train(self, optimizer):
        """(largest loss difference, largest weight difference and its variable, of the optimizer's slots)"""
        class_name, arguments, options = OPTIMIZERS[optimizer]
        saved = self.folder / f"{self.name}-{optimizer}.weights.h5"
        model = self.start(class_name, arguments, "float64")
        theirs, ours = self.train_keras(model, "float64"), self.train_ktrain(options, saved)
        if len(ours) != STEPS:
            raise RuntimeError(f"ktrain logged {len(ours)} steps, not {STEPS}")
        self.load_into_keras(saved, class_name, arguments)
        slots = [difference(a, b, 1e-8) for a, b in zip(self.slots(self.single), self.slots(model))]
        return largest_relative(ours, theirs), self.weight_difference(self.single, model), max(slots, default=0.0)

    def gradient_noise(self):
        """How far the gradients of the first step are from those in float64: (of ktrain, of Keras in float32)"""
        import numpy as np

        class_name, arguments, options = OPTIMIZERS["adam"]
        gradients = {}
        for precision in ("float64", "float32"):
            model = self.start(class_name, arguments, precision)
            self.train_keras(model, precision, steps=1)
            gradients[precision] = self.momenta(model)
        saved = self.folder / f"{self.name}-first.weights.h5"
        self.train_ktrain(options, saved, steps=1)
        self.load_into_keras(saved, class_name, arguments, steps=1)
        error = lambda a, b: np.sqrt(np.mean((a - b) ** 2) / np.mean(b**2))
        return [
            float(np.mean([error(a, b) for a, b in zip(found, gradients["float64"], strict=True)]))
            for found in (self.momenta(self.single), gradients["float32"])
        ]

    def momenta(self, model):
        """Adam's, which after one step are a tenth of the gradients."""
        import numpy as np

        return [np.asarray(v.value, "float64") for v in self.slots(model) if v.path.endswith("_momentum")]

    @staticmethod
    def weight_difference(a, b):
        return max((difference(u, v), v.path) for u, v in zip(a.weights, b.weights))

    def outputs(self):
        """(difference of predictions, of the evaluated loss) with the initial weights."""
        import numpy as np

        model = self.start("SGD", {}, "float64")
        x = self.x.astype("float64")
        out = self.folder / f"{self.name}.npy"
        self.run("predict", "--weights", str(self.initial), "--out", str(out), "--quiet")
        predictions = difference(np.load(out), model.predict(x, batch_size=SAMPLES, verbose=0))
        text = self.run("evaluate", "--weights", str(self.initial), "--quiet")
        found = re.search(r"loss\W+([0-9.e+-]+)", text)
        if not found:
            raise RuntimeError(f"ktrain evaluate printed no loss: {text.strip()}")
        theirs = float(model.evaluate(x, self.y, batch_size=SAMPLES, verbose=0, return_dict=True)["loss"])
        return predictions, abs(float(found.group(1)) - theirs) / abs(theirs)


def compare(arguments, folder):
    """Prints the table; returns how many comparisons failed."""
    failed = 0

    def line(model, what, values, good):
        nonlocal failed
        failed += not good
        print(f"{model:8} {what:8} {values} {'ok' if good else 'DIFFERS'}", flush=True)

    def train(comparison, optimizer):
        loss, (weight, path), slot = comparison.train(optimizer)
        values = f"loss {loss:.1e}  weights {weight:.1e} ({path})  slots {slot:.1e}"
        beyond = comparison.name in BEYOND and optimizer.startswith("adam")
        bound = BEYOND_FACTOR * WEIGHT_TOLERANCE if beyond else WEIGHT_TOLERANCE
        line(comparison.name, optimizer, values, loss <= LOSS_TOLERANCE and weight <= bound)

    for name in arguments.models.split(","):
        comparison = Comparison(name, arguments.ktrain, folder / name)
        predictions, loss = comparison.outputs()
        good = predictions <= OUTPUT_TOLERANCE and loss <= OUTPUT_TOLERANCE
        line(name, "outputs", f"predict {predictions:.1e}  evaluate {loss:.1e}", good)
        for optimizer in arguments.optimizers.split(","):
            train(comparison, optimizer)
        if name in BEYOND:
            ours, theirs = comparison.gradient_noise()
            values = f"gradients of the first step {ours:.1e}, of Keras in float32 {theirs:.1e}"
            line(name, "rounding", values, ours <= NOISE_FACTOR * theirs)
    return failed


def main():
    arguments = read_arguments()
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    run_where_keras_is(arguments.environment)
    import keras

    let_keras_compute_in_float64()
    print(f"Keras {keras.__version__}")
    with tempfile.TemporaryDirectory(prefix="ktrain-keras-") as folder:
        failed = compare(arguments, pathlib.Path(folder))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
