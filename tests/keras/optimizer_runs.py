"""Whole runs with every optimizer against Keras's fit, and the files between them.

    optimizer_runs.py --ktrain build/release/ktrain [--optimizers Adam Muon]

A small convolutional model with BatchNormalization is trained three epochs by both. Compared are the weights, and the
optimizer's variables as Keras reads them from the .weights.h5 that ktrain wrote; Keras must take them all up. Some runs
have a schedule, some accumulate gradients and end with moving averages. A difference is max|a - b| / max(max|b|, 1e-3)
of a tensor.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import warnings

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

try:
    import keras
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 5e-5
EPOCHS, BATCH, SAMPLES = 3, 32, 90
OPTIMIZERS = ["SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb",
              "Adafactor", "Muon", "ScheduleFreeAdamW"]
SCHEDULED = ["SGD", "Lamb", "Muon", "Nadam"]
AVERAGED = ["Adam", "Lamb", "Adafactor", "Lion"]


def model():
    layers = keras.layers
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(),
                             layers.Flatten(), layers.Dense(10, activation="softmax")])


def options(name):
    """Keras's arguments and ktrain's."""
    arguments, words = {"learning_rate": 0.01}, ["--lr", "0.01"]
    if name in SCHEDULED:
        arguments["learning_rate"] = keras.optimizers.schedules.CosineDecay(0.01, 7, alpha=0.1)
        words += ["--lr-schedule", "cosine_decay:decay_steps=7,alpha=0.1"]
    if name in AVERAGED:
        arguments.update(use_ema=True, ema_momentum=0.9, gradient_accumulation_steps=2)
        words += ["--use-ema", "--ema-momentum", "0.9", "--gradient-accumulation-steps", "2"]
    return arguments, ["--optimizer", name.lower()] + words


def compiled(name, arguments, start):
    one = model()
    one.load_weights(start)
    one.compile(getattr(keras.optimizers, name)(**arguments), "sparse_categorical_crossentropy")
    one.optimizer.build(one.trainable_variables)
    return one


def worst(tensors, reference):
    distance = 0.0
    for a, b in zip(tensors, reference):
        a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
        distance = max(distance, float(np.max(np.abs(a - b), initial=0) / max(np.max(np.abs(b), initial=0), 1e-3)))
    return distance


def compare(name, ktrain, folder, x, y):
    arguments, words = options(name)
    start, saved = f"{folder}/start.weights.h5", f"{folder}/{name}.weights.h5"
    subprocess.run([ktrain, "train", "--model", f"{folder}/model.json", "--data", f"npy:{folder}/x.npy,y={folder}/y.npy",
                    "--weights", start, "--global-batch", str(BATCH), "--epochs", str(EPOCHS), "--shuffle", "off",
                    "--save", saved, "--quiet", "--threads", "1", *words], check=True)
    theirs = compiled(name, arguments, start)
    theirs.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0)
    ours = compiled(name, options(name)[0], start)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        ours.load_weights(saved)
    weights = worst(ours.get_weights(), theirs.get_weights())
    variables = worst([v.numpy() for v in ours.optimizer.variables], [v.numpy() for v in theirs.optimizer.variables])
    good = weights <= TOLERANCE and variables <= TOLERANCE and not complaints
    extras = [word for word, names in (("schedule", SCHEDULED), ("average, accumulation", AVERAGED)) if name in names]
    print(f"{'ok  ' if good else 'FAIL'} {name:18} weights {weights:.1e}  variables {variables:.1e}  {', '.join(extras)}"
          + "".join(f"  {one.message}" for one in complaints), flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ktrain", required=True)
    parser.add_argument("--optimizers", nargs="*", default=OPTIMIZERS)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(5)
    x = random.normal(size=(SAMPLES, 8, 8, 1)).astype("float32")
    y = random.integers(0, 10, SAMPLES).astype("int32")
    print(f"Keras {keras.__version__}, {keras.config.backend()}")
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", x)
        np.save(f"{folder}/y.npy", y)
        first = model()
        first.save_weights(f"{folder}/start.weights.h5")
        with open(f"{folder}/model.json", "w") as file:
            file.write(first.to_json())
        results = [compare(name, arguments.ktrain, folder, x, y) for name in arguments.optimizers]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
