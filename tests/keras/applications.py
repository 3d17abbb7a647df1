#!/usr/bin/env python3
"""Runs every architecture of keras.applications in ktrain and in real Keras 3: the same file, the same predictions?

Each model is built with drawn weights (no kernel, scale or moving statistic is left at a value that would hide its use),
without the activation of its classifier (EfficientNets are left as Keras initializes them, with weaker branches), saved as `.keras`, and asked for the scores of a few random images by both.
The images are 8-bit values where the model does its own preprocessing, else values between -1 and 1.

What is compared ("differ"): max|a - b| / max|b| over all scores, which must be 1e-4 or less. Keras computes in float64:
in float32 its own rounding comes to more than that in some of these models. "spread" is how far the scores of one class
lie apart between the images, relative to the same: it shows that the scores depend on the images at all.

    applications.py --ktrain PROGRAM [--models ResNet50,VGG16] [--size 224]

Prints a line a model, with ktrain's message for what it cannot load. Ends with 1 when a model does not load or differs,
with 77 (skipped) where Keras is not installed.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "conformance"))
import reference  # noqa: E402

IMAGES = 4
TOLERANCE = 1e-4
# Their squeeze-and-excitation amplifies rounding: with drawn statistics Keras in float32 is 15% off Keras in float64.
AS_INITIALIZED = "EfficientNet"
BRANCH = 0.3
SMALLEST_SPREAD = 1e-2


class Refused(Exception):
    pass


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ktrain", required=True)
    parser.add_argument("--models", help="a comma between them; all without")
    parser.add_argument("--size", type=int, help="of the images; without: the smallest that the model takes")
    return parser.parse_args()


def architectures():
    """Everything in keras.applications that makes a model, by its name."""
    import keras

    found = {name: getattr(keras.applications, name) for name in sorted(dir(keras.applications))}
    return {name: make for name, make in found.items() if callable(make) and not name.startswith("_")}


def build(make, size):
    """With images of this size, or of the smallest that the architecture takes."""
    try:
        return make(weights=None, input_shape=(size or 32,) * 2 + (3,), classifier_activation=None)
    except ValueError as error:
        smallest = re.search(r"at least (\d+)x", str(error))
        if size or not smallest:
            raise
        return build(make, int(smallest[1]))


def drawn_values(variable, generator):
    """None for what stays as it is."""
    import numpy as np

    kind = variable.path.rsplit("/", 1)[-1]
    if kind in ("gamma", "variance") or kind.startswith("variable"):
        return generator.uniform(0.6, 1.4, variable.shape)
    if kind in ("beta", "bias", "mean"):
        return generator.uniform(-0.2, 0.2, variable.shape)
    if kind.endswith("kernel"):  # drawn by its initializer, for layers that let everything through
        return np.asarray(variable) * np.sqrt(2)
    if kind in ("count", "seed_generator_state", "moving_mean", "moving_variance"):
        return None
    raise ValueError(f"{variable.path}: what values may it have?")


def call(model, images, training):
    """(outputs, values of model.non_trainable_variables after it), compiled as a whole"""
    import jax

    step = jax.jit(lambda *state: model.stateless_call(*state, training=training))
    values = ([one.value for one in model.trainable_variables], [one.value for one in model.non_trainable_variables])
    return step(*values, images)


def draw_weights(model, images, generator):
    """The moving statistics are made those of the images and then moved a little, so that the signal neither vanishes
    nor grows with the depth."""
    import numpy as np

    for variable in model.variables:
        values = drawn_values(variable, generator)
        if values is not None:
            variable.assign(values.astype("float32"))
    for layer in model._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()  # computes with copies of its variables
    normalizations = [one for one in model._flatten_layers() if type(one).__name__ == "BatchNormalization"]
    momenta = [one.momentum for one in normalizations]
    for one in normalizations:
        one.momentum = 0.0
    _, states = call(model, images, training=True)
    state_of = {id(variable): value for variable, value in zip(model.non_trainable_variables, states)}
    for one, momentum in zip(normalizations, momenta):
        one.momentum = momentum
        mean, variance = (np.asarray(state_of[id(each)]) for each in (one.moving_mean, one.moving_variance))
        one.moving_mean.assign(mean + np.sqrt(variance) * generator.uniform(-0.2, 0.2, mean.shape).astype("float32"))
        one.moving_variance.assign(variance * generator.uniform(0.6, 1.4, mean.shape).astype("float32"))


def weaken_branches(model):
    """As initialized, a hundred blocks still make of a rounding error in float32 a difference of 60% (EfficientNetV2L)."""
    for layer in model._flatten_layers():
        if layer.name.endswith("project_bn"):
            layer.gamma.assign(layer.gamma * BRANCH)


def draw_images(model, generator):
    shape = (IMAGES, *model.inputs[0].shape[1:])
    preprocesses = any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers)
    noise, color = generator.uniform(size=shape), generator.uniform(size=(IMAGES, 1, 1, shape[-1]))
    values = ((noise + color) / 2).astype("float32")  # each image has a color of its own
    return values * 255 if preprocesses else values * 2 - 1


def predict(program, model, images, folder):
    import numpy as np

    np.savez(folder / "images.npz", x=images)
    out = folder / "scores.npy"
    line = [program, "predict", "--model", model, "--data", f"npz:{folder}/images.npz", "--global-batch", str(IMAGES),
            "--out", out]  # fmt: skip
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"exit code {done.returncode}: {' '.join(done.stderr.split())[:300]}")
    return np.load(out)


class Outcome:
    """One architecture: what its line of the table says."""

    def __init__(self, name, size, parameters):
        self.name, self.size, self.parameters = name, size, parameters
        self.refused, self.difference, self.spread, self.seconds = None, None, None, [0, 0]

    def good(self):
        return self.refused is None and self.difference <= TOLERANCE and self.spread >= SMALLEST_SPREAD

    def line(self):
        begin = f"{self.name:18} {self.size:4} {self.parameters:12,} "
        seconds = f"{self.seconds[0]:6.1f} {self.seconds[1]:6.1f}"
        if self.refused:
            return f"{begin} no   {self.refused}"
        verdict = "ok" if self.good() else "DIFFERS" if self.difference > TOLERANCE else "SCORES ALIKE"
        return f"{begin} yes  {self.difference:8.1e} {self.spread:8.1e}  {seconds}  {verdict}"


def compute_in(dtype):
    import jax
    import keras

    keras.utils.clear_session()
    jax.clear_caches()  # else the memory of every model's operations adds up
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def save_model(make, size, file):
    """(images for it, number of its parameters)"""
    import keras
    import numpy as np

    compute_in("float32")
    keras.utils.set_random_seed(1)
    generator = np.random.default_rng(1)
    model = build(make, size)
    images = draw_images(model, generator)
    if make.__name__.startswith(AS_INITIALIZED):
        weaken_branches(model)
    else:
        draw_weights(model, images, generator)
    model.save(file)
    return images, model.count_params()


def scores_of(make, size, file, images):
    import numpy as np

    compute_in("float64")
    model = build(make, size)
    model.load_weights(file)
    return np.asarray(call(model, images.astype("float64"), training=False)[0])


def compare(name, make, arguments, folder):
    import numpy as np

    begin = time.monotonic()
    file = folder / f"{name}.keras"
    images, parameters = save_model(make, arguments.size, file)
    outcome = Outcome(name, images.shape[1], parameters)
    try:
        start = time.monotonic()
        ours = predict(arguments.ktrain, file, images, folder)
        outcome.seconds[1] = time.monotonic() - start
        theirs = scores_of(make, arguments.size, file, images)
        largest = np.max(np.abs(theirs))
        outcome.difference = float(np.max(np.abs(ours - theirs)) / largest)
        outcome.spread = float(np.max(np.ptp(theirs, axis=0)) / largest)
    except Refused as reason:
        outcome.refused = str(reason)
    finally:
        file.unlink()
    outcome.seconds[0] = time.monotonic() - begin - outcome.seconds[1]
    return outcome


def main():
    arguments = read_arguments()
    reference.start()
    makers = architectures()
    chosen = arguments.models.split(",") if arguments.models else list(makers)
    print(f"{'model':18} size   parameters  load   differ   spread   keras ktrain (seconds)")
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="ktrain-applications-") as folder:
        for name in chosen:
            outcomes.append(compare(name, makers[name], arguments, pathlib.Path(folder)))
            print(outcomes[-1].line(), flush=True)
    loaded = [outcome for outcome in outcomes if outcome.refused is None]
    good = sum(outcome.good() for outcome in outcomes)
    print(f"{len(outcomes)} architectures: {len(loaded)} load, {good} of them predict as Keras does")
    sys.exit(0 if good == len(outcomes) else 1)


if __name__ == "__main__":
    main()
