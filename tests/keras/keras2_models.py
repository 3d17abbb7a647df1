#!/usr/bin/env python3
"""Models that Keras 2 (tf-keras) saved, through ktrain, into Keras 3.

Each model of zoo.py is built, compiled, trained two steps and saved by Keras 2 as `.h5` and `.keras`. ktrain's
predictions from the file must be Keras 2's; ktrain trains two more steps, the optimizer going on, and saves a `.keras`
whose predictions in Keras 3 must be those of Keras 2, which trained on itself. A model that Keras 3 would compute
otherwise must be refused when it is to be saved.

    keras2_models.py --ktrain PROGRAM [--keras3 PYTHON]

Run by a Python that has tf-keras; PYTHON has Keras 3. Ends with 1 when something differs, 77 without tf-keras.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
BATCH, SAMPLES, TOLERANCE = 12, 24, 1e-5
# Their hard_sigmoid, and masks before merging layers.
REFUSED = {"mobilenet": "hard_sigmoid", "transformer": "merges masks", "penalized": "merges masks"}


def largest_difference(ours, theirs):
    import numpy as np

    return max(float(np.max(np.abs(a - b)) / np.max(np.abs(b))) for a, b in zip(ours, theirs, strict=True))


def alone(items):
    return items[0] if len(items) == 1 else items


def listed(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


class Model:
    def __init__(self, name, recipe, folder):
        import numpy as np
        import tf_keras
        import zoo

        self.name, self.folder = name, folder
        tf_keras.backend.clear_session()
        tf_keras.utils.set_random_seed(1)
        self.model = recipe.make()
        class_name, settings = recipe.optimizer
        optimizer = getattr(tf_keras.optimizers, class_name)(**settings)
        self.model.compile(optimizer, recipe.loss, recipe.metrics, recipe.loss_weights)
        draw = np.random.default_rng(1)
        names = self.model.output_names
        losses = recipe.loss if isinstance(recipe.loss, dict) else dict.fromkeys(names, recipe.loss)

        def input_of(tensor):
            shape = (SAMPLES, *tensor.shape[1:])
            words = tensor.dtype == "int32"
            return draw.integers(1, zoo.WORDS, shape).astype("int32") if words else draw.uniform(size=shape).astype("float32")

        def target_of(name, tensor):
            if losses[name].startswith("sparse"):
                return draw.integers(0, zoo.CLASSES, (SAMPLES, *tensor.shape[1:-1]))
            return draw.normal(size=(SAMPLES, *tensor.shape[1:])).astype("float32")

        self.x = [input_of(tensor) for tensor in self.model.inputs]
        self.y = [target_of(*output) for output in zip(names, self.model.outputs)]
        arrays = self.named("x", self.model.input_names, self.x) | self.named("y", names, self.y)
        np.savez(folder / f"{name}.npz", **arrays)

    @staticmethod
    def named(prefix, names, arrays):
        return {prefix: arrays[0]} if len(arrays) == 1 else {f"{prefix}_{name}": a for name, a in zip(names, arrays)}

    def fit(self):
        self.model.fit(alone(self.x), alone(self.y), batch_size=BATCH, epochs=1, shuffle=False, verbose=0)

    def predict(self):
        return listed(self.model.predict(alone(self.x), verbose=0))


class Comparison:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.failures = arguments, folder, 0

    def ktrain(self, *options):
        """What it says when it fails."""
        run = subprocess.run([self.arguments.ktrain, *map(str, options)], capture_output=True, text=True)
        return run.stderr.strip() if run.returncode else ""

    def line(self, name, kind, what, good):
        self.failures += not good
        print(f"{name:18} {kind:6} {what}  {'ok' if good else 'DIFFERS'}", flush=True)

    def predictions(self, file, model):
        import numpy as np

        out = self.folder / "out.npy"
        if message := self.ktrain("predict", "--model", file, "--data", f"npz:{self.folder}/{model.name}.npz", "--out", out):
            sys.exit(f"{file.name}: {message}")
        names = model.model.output_names
        return [np.load(out if len(names) == 1 else out.with_suffix(f".{name}.npy")) for name in names]

    def run(self, name, recipe):
        import numpy as np

        model = Model(name, recipe, self.folder)
        model.fit()
        before = model.predict()
        for kind in ("h5", "keras"):
            file = self.folder / f"{name}.{kind}"
            model.model.save(file)
            difference = largest_difference(self.predictions(file, model), before)
            self.line(name, kind, f"predictions {difference:.1e}", difference <= TOLERANCE)
            message = self.ktrain(
                "train", "--model", file, "--data", f"npz:{self.folder}/{name}.npz", "--validation-data", "none", "--shuffle",
                "off", "--global-batch", BATCH, "--epochs", 1, "--quiet", "--save", self.folder / f"{name}-{kind}.trained.keras",
            )  # fmt: skip
            expected = REFUSED.get(name)
            if expected or message:
                self.line(name, kind, message or "was not refused", expected is not None and expected in message)
        model.fit()
        np.savez(self.folder / f"{name}.expected.npz", *model.predict())


def judge(folder):
    """In Keras 3."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    import numpy as np

    failures = 0
    for file in sorted(folder.glob("*.trained.keras")):
        name = file.name.split("-")[0]
        model, data = keras.models.load_model(file), np.load(folder / f"{name}.npz")
        x = [data["x"]] if "x" in data else [data[f"x_{tensor.name}"] for tensor in model.inputs]
        expected = np.load(folder / f"{name}.expected.npz")
        difference = largest_difference(listed(model.predict(alone(x), verbose=0)), [expected[key] for key in expected])
        good = difference <= TOLERANCE and int(model.optimizer.iterations) == 2 * SAMPLES // BATCH
        failures += not good
        print(f"{file.name:36} in Keras 3 {difference:.1e}  {'ok' if good else 'DIFFERS'}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ktrain")
    parser.add_argument("--keras3", help="a Python with Keras 3; without, nothing is loaded there")
    parser.add_argument("--judge", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge:
        sys.exit(1 if judge(arguments.judge) else 0)
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
    try:
        import tf_keras
    except ImportError as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)
    sys.modules["keras"] = tf_keras  # for zoo.py
    from zoo import RECIPES

    with tempfile.TemporaryDirectory(prefix="ktrain-keras2-") as folder:
        comparison = Comparison(arguments, pathlib.Path(folder))
        for name, recipe in RECIPES.items():
            comparison.run(name, recipe)
        judged = subprocess.run([arguments.keras3, __file__, "--judge", folder]).returncode if arguments.keras3 else 0
    sys.exit(1 if comparison.failures or judged else 0)


if __name__ == "__main__":
    main()
