#!/usr/bin/env python3
"""The loop's companions against Keras's own callbacks. EarlyStopping, ReduceLROnPlateau and
ModelCheckpoint(save_best_only), with every combination of the values listed here, get logs made up at random and at the
edges: what each does after each epoch must be the same. So must be the bytes that CSVLogger writes, and the batch after
which TerminateOnNaN ends a run.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings

os.environ["KERAS_BACKEND"] = "jax"
try:
    import keras
    import numpy as np
except ImportError:
    print("no Keras with JAX: skipped")
    sys.exit(77)

RANDOM = random.Random(3)
SEQUENCES = [[1, 0.9, 0.95, 0.8, 0.8, 0.8], [1] * 8, [float("nan")] * 4, [1, float("nan"), 0.5, 0.4, 0.6, 0.7],
             [1, 0.99995, 0.9998, 0.99], [3, 2, 1], [0.5, 0.6, 0.7, 0.7, 0.7],
             [0.1 + 1e-9, 0.1, 0.1 - 1e-9, 0.1 - 2e-9, 0.1 + 2e-9], [float("inf"), 2, float("-inf"), 1],
             [None, 0.9, None, 0.8, 0.85, None, 0.9], [None] * 3]
SEQUENCES += [[round(RANDOM.uniform(0, 1), 2) for _ in range(14)] for _ in range(6)]

ARGUMENTS = {
    "EarlyStopping": {"monitor": ["val_loss", "val_accuracy"], "min_delta": [0, 0.1, -0.05], "patience": [0, 1, 3],
                      "baseline": [None, 0.5], "restore_best_weights": [False, True], "start_from_epoch": [0, 2],
                      "mode": ["auto", "max"]},
    "ReduceLROnPlateau": {"monitor": ["val_loss", "val_accuracy"], "factor": [0.5, 0.1], "patience": [0, 1, 2],
                          "cooldown": [0, 2], "min_lr": [0, 0.3], "min_delta": [1e-4, 0.1], "mode": ["auto", "min"]},
    "ModelCheckpoint": {"monitor": ["val_loss", "val_accuracy"], "mode": ["auto", "min", "max"],
                        "initial_value_threshold": [None, 0.6]},
}


def model():
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(1.0), "mse", metrics=["accuracy"])
    made.train_on_batch(np.zeros((1, 1)), np.zeros((1, 1)))  # so that the metrics have names
    return made


NAN, INF = float("nan"), float("inf")
LOGS = [[{"loss": 1.0, "accuracy": 0.25}, {"loss": 1e-5, "accuracy": 1e16}, {"loss": 123456.75, "accuracy": 0.1}],
        [{"val_loss": NAN, "loss": INF, "b": -0.0, "a": 1e-4}, {"loss": 1e300, "b": 5e-324, "a": 0.1 + 0.2}],
        [{"loss": 12345678901234567.0, "z": -1.5e-7}, {"loss": 1e15, "z": -INF}, {"loss": 9007199254740993.0, "z": 3.0}]]


def logger_run(separator, existing, append, epochs):
    """The file that CSVLogger leaves."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "log.csv")
        if existing is not None:
            with open(file, "w", newline="") as out:
                out.write(existing)
        thing = keras.callbacks.CSVLogger(file, separator=separator, append=append)
        thing.on_train_begin()
        for epoch, logs in enumerate(epochs):
            thing.on_epoch_end(epoch, dict(logs))
        thing.on_train_end()
        with open(file, newline="") as written:
            return written.read()


def batches_until_nan(bad, value):
    """Of a run over eight samples one by one with TerminateOnNaN, where the square of target `bad` is infinite."""
    made = model()
    x, y = np.ones((8, 1)), np.zeros((8, 1))
    y[bad] = value
    batches = []
    seen = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    made.optimizer.learning_rate = 0.01
    made.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN(), seen])
    return len(batches)


def keras_run(made, callback, arguments, values):
    made.stop_training = False
    made.optimizer.learning_rate = 1.0
    if callback == "ModelCheckpoint":
        thing = keras.callbacks.ModelCheckpoint("unused.weights.h5", save_best_only=True, save_weights_only=True,
                                                **arguments)
        saved = []
        made.save_weights = lambda *a, **k: saved.append(1)
    else:
        thing = getattr(keras.callbacks, callback)(**arguments)
    thing.set_model(made)
    thing.on_train_begin()
    done = []
    for epoch, value in enumerate(values):
        made.layers[0].kernel.assign([[float(epoch)]])
        before = len(saved) if callback == "ModelCheckpoint" else 0
        thing.on_epoch_begin(epoch)
        thing.on_epoch_end(epoch, {} if value is None else {"val_loss": value, "val_accuracy": value})
        if callback == "EarlyStopping":
            done.append(int(made.stop_training))
            if made.stop_training:
                break
        elif callback == "ReduceLROnPlateau":
            done.append(float(made.optimizer.learning_rate))
        else:
            done.append(len(saved) - before)
    thing.on_train_end()
    if callback == "EarlyStopping":
        done.append(float(np.asarray(made.layers[0].kernel)[0, 0]))
    return done


def text_of(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def monitor_cases():
    made = model()
    for callback, options in ARGUMENTS.items():
        for chosen in itertools.product(*options.values()):
            arguments = {k: v for k, v in zip(options, chosen) if v is not None}
            for values in SEQUENCES:
                yield ({"callback": callback, "values": values,
                        "arguments": [f"{k}={text_of(v)}" for k, v in arguments.items()]},
                       keras_run(made, callback, arguments, values))


def other_cases():
    for separator, existing, append, epochs in itertools.product(
            [",", ";", "\t"], [None, "", "epoch,loss\r\n0,1.0\r\n"], [False, True], LOGS):
        yield ({"callback": "CSVLogger", "separator": separator, "existing": existing, "append": append,
                "logs": [list(logs.items()) for logs in epochs]}, logger_run(separator, existing, append, epochs))
    for bad, value in itertools.product([0, 3, 7], [1e30, -1e30]):
        yield {"callback": "TerminateOnNaN", "bad": bad, "value": value}, batches_until_nan(bad, value)


def same(got, reference):
    if isinstance(reference, list):
        return len(got) == len(reference) and np.allclose(got, reference, rtol=1e-6, atol=0)
    return got == reference


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    probe = parser.parse_args().probe
    cases, expected = zip(*itertools.chain(monitor_cases(), other_cases()))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(cases, file)
        file.flush()
        lines = subprocess.run([probe, file.name], check=True, capture_output=True, text=True).stdout.splitlines()
    failures, counts = 0, {}
    for case, reference, line in zip(cases, expected, lines, strict=True):
        counts[case["callback"]] = counts.get(case["callback"], 0) + 1
        got = json.loads(line)
        if not same(got, reference):
            failures += 1
            if failures <= 40:
                print(f"FAILED {case}: Keras {reference}, ktrain {got}")
    print(f"{len(cases)} cases {counts}, {failures} failed")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
