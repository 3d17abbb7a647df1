#!/usr/bin/env python3
"""Trains whole models with ktrain and with real Keras 3: the same weights in, the same batches, the same losses?

Each model of zoo.py is compiled and saved by Keras, and trained 20 steps on drawn data, in file order, the last batch a
short one: by Keras in float64, and by ktrain from the file, compile settings included, with 1, 3 and 4 workers. Every
step's loss must be Keras's to 1e-4 relative.

    train_models.py --run launch/run --ktrain PROGRAM [--models mlp,cnn] [--workers 1,3,4]

Prints a line a model, with ktrain's message for what it refuses. Ends with 1 when a loss differs or a model is refused,
with 77 (skipped) where Keras is not installed.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "conformance"))
import reference  # noqa: E402

BATCH, STEPS, LAST = 24, 20, 17
SAMPLES = (STEPS - 1) * BATCH + LAST
TOLERANCE = 1e-4


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default=str(HERE.parents[1] / "launch" / "run"))
    parser.add_argument("--ktrain", required=True)
    parser.add_argument("--models", help="a comma between them; all without")
    parser.add_argument("--workers", default="1,3,4")
    return parser.parse_args()


class Refused(Exception):
    """ktrain's message."""


class Training:
    """One model: its files, and what both programs make of it."""

    def __init__(self, name, recipe, arguments, folder):
        import keras
        import numpy as np

        self.recipe, self.arguments, self.folder = recipe, arguments, folder
        folder.mkdir()
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        self.model = recipe.make()
        for variable in self.model.variables:
            if np.issubdtype(np.dtype(variable.dtype), np.floating):
                variable.assign(reference.exact(np.asarray(variable.value)))
        class_name, settings = recipe.optimizer
        optimizer = getattr(keras.optimizers, class_name)(**settings)
        self.model.compile(optimizer, recipe.loss, recipe.loss_weights, recipe.metrics)
        self.save()
        generator = np.random.default_rng(1)
        self.x = [self.draw_input(tensor, generator) for tensor in self.model.inputs]
        losses = recipe.loss if isinstance(recipe.loss, dict) else dict.fromkeys(self.model.output_names, recipe.loss)
        outputs = zip(self.model.output_names, self.model.outputs)
        self.y = [self.draw_target(losses[name], tensor, generator) for name, tensor in outputs]
        np.savez(folder / "data.npz", **self.named("x", self.model.inputs, self.x), **self.named_targets())

    def save(self):
        """As a model of float32."""
        self.model.save(self.folder / "float64.keras")
        with (
            zipfile.ZipFile(self.folder / "float64.keras") as found,
            zipfile.ZipFile(self.folder / "model.keras", "w") as written,
        ):
            for name in found.namelist():
                content = found.read(name)
                written.writestr(name, content.replace(b'"float64"', b'"float32"') if name == "config.json" else content)

    @staticmethod
    def draw_input(tensor, generator):
        import zoo

        shape = (SAMPLES, *tensor.shape[1:])
        if tensor.dtype != "int32":
            return generator.uniform(size=shape).astype("float32")
        values = generator.integers(1, zoo.WORDS, shape)
        for row, length in enumerate(generator.integers(1, shape[1] + 1, SAMPLES)):
            values[row, length:] = 0
        return values.astype("int32")

    @staticmethod
    def draw_target(loss, tensor, generator):
        import zoo

        if loss == "sparse_categorical_crossentropy":
            return generator.integers(0, zoo.CLASSES, (SAMPLES, *tensor.shape[1:-1])).astype("int32")
        return generator.normal(size=(SAMPLES, *tensor.shape[1:])).astype("float32")

    @staticmethod
    def named(prefix, tensors, arrays):
        if len(arrays) == 1:
            return {prefix: arrays[0]}
        return {f"{prefix}_{tensor.name}": array for tensor, array in zip(tensors, arrays)}

    def named_targets(self):
        if len(self.y) == 1:
            return {"y": self.y[0]}
        return {f"y_{name}": array for name, array in zip(self.model.output_names, self.y)}

    def by_keras(self):
        losses = []
        for begin in range(0, SAMPLES, BATCH):
            part = slice(begin, begin + BATCH)
            x = [one[part].astype("float64") if one.dtype == "float32" else one[part] for one in self.x]
            y = [one[part].astype("float64") if one.dtype == "float32" else one[part] for one in self.y]
            self.model.reset_metrics()
            result = self.model.train_on_batch(reference.alone(x), reference.alone(y), return_dict=True)
            losses.append(float(result["loss"]))
        return losses

    def by_ktrain(self, workers):
        log = self.folder / f"{workers}.jsonl"
        line = f"""{self.arguments.run} -n {workers} --program {self.arguments.ktrain} -- train
            --model {self.folder}/model.keras --data npz:{self.folder}/data.npz --validation-data none --shuffle off
            --global-batch {BATCH} --steps {STEPS} --epochs 1 --log-every 1 --quiet --log {log}""".split()
        run = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        if run.returncode != 0:
            raise Refused(f"exit code {run.returncode}: {' '.join(run.stderr.split())[:300]}")
        events = [json.loads(line) for line in log.read_text().splitlines()]
        return [event["loss"] for event in events if event["event"] == "step"]


def compare(name, recipe, arguments, folder):
    """(line of the table, whether a loss differs)"""
    training = Training(name, recipe, arguments, folder / name)
    workers = [int(one) for one in arguments.workers.split(",")]
    try:
        ours = {count: training.by_ktrain(count) for count in workers}
    except Refused as reason:
        return f"refused: {reason}", True
    theirs = training.by_keras()
    parts, good = [], True
    for count, losses in ours.items():
        if len(losses) != STEPS:
            return f"{len(losses)} steps with {count} workers, not {STEPS}", True
        worst = max(abs(a - b) / abs(b) for a, b in zip(losses, theirs))
        good = good and worst <= TOLERANCE
        parts.append(f"{count} workers {worst:.1e}")
    return f"loss {theirs[0]:.3f} to {theirs[-1]:.3f}, {', '.join(parts)}  {'ok' if good else 'DIFFERS'}", not good


def main():
    arguments = read_arguments()
    reference.start()
    from zoo import RECIPES

    chosen = arguments.models.split(",") if arguments.models else list(RECIPES)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ktrain-models-") as folder:
        for name in chosen:
            line, differs = compare(name, RECIPES[name], arguments, pathlib.Path(folder))
            failed += differs
            print(f"{name:18} {line}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
