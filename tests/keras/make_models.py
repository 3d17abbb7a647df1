#!/usr/bin/env python3
"""Writes configs/models/*.json: architectures for Fashion-MNIST (28, 28, 1), pixels 0 … 255.

Needs Keras 3 (any backend). The files follow the profile that every Keras 3 since 3.3 reads: dtypes as plain
strings, no build_config, none of the keys that newer versions add with their default value.

    make_models.py [FOLDER]     FOLDER defaults to configs/models of this repository
"""

import json
import pathlib
import sys

import keras
from keras import layers

DROPPED_KEYS = {"build_config", "compile_config", "shared_object_id"}
# Keys of newer Keras versions, each with the default that older versions imply.
DROPPED_DEFAULTS = {
    "quantization_config": None,
    "input_axes": None,
    "output_axes": None,
    "optional": False,
    "ragged": False,
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": 0.99,
    "synchronized": False,
}


def portable(value):
    """`value`, a part of to_json()'s object, without what ties it to one Keras version."""
    if isinstance(value, list):
        return [portable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    kept = {}
    for key, item in value.items():
        if key in DROPPED_KEYS or (key in DROPPED_DEFAULTS and item == DROPPED_DEFAULTS[key]):
            continue
        kept[key] = portable(item)
    for key in ("input_layers", "output_layers"):
        if key in kept and kept[key] and isinstance(kept[key][0], str):
            kept[key] = [kept[key]]
    return kept


def layer_a_line(description):
    """JSON with one line per layer: short enough to read, and a changed layer is a changed line."""
    layers_of_model = description["config"]["layers"]
    marks = [f"@{i}@" for i in range(len(layers_of_model))]
    frame = json.dumps({**description, "config": {**description["config"], "layers": marks}}, indent=1)
    for mark, layer in zip(marks, layers_of_model):
        frame = frame.replace(f'"{mark}"', json.dumps(layer))
    return frame


def named(prefix):
    """A function that names layers prefix, prefix_1, … instead of counting across all models."""
    count = {"n": 0}

    def name():
        n = count["n"]
        count["n"] += 1
        return prefix if n == 0 else f"{prefix}_{n}"

    return name


def image_input():
    """Pixels from -1 to 1."""
    return [keras.Input((28, 28, 1), name="image"), layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")]


# No model has relu or max pooling: at their kinks a rounding decides where a gradient goes, and after a few steps two
# runs that differ in rounding alone, in Keras too, have visibly other weights. Without kinks they can be compared for
# as long as one likes.
SMOOTH = {"activation": "silu", "kernel_initializer": "he_normal"}


def mlp():
    return keras.Sequential(
        image_input()
        + [
            layers.Flatten(name="flatten"),
            layers.Dense(512, **SMOOTH, name="dense"),
            layers.Dropout(0.25, name="dropout"),
            layers.Dense(256, **SMOOTH, name="dense_1"),
            layers.Dropout(0.25, name="dropout_1"),
            layers.Dense(10, activation="softmax", name="dense_2"),
        ],
        name="mlp",
    )


# Filters and strides of the convolutions of cnn and cnn_bn.
CONVOLUTIONS = [(32, 1), (64, 2), (96, 2)]


def cnn():
    conv = named("conv2d")
    convolutions = [
        layers.Conv2D(filters, 3, strides=strides, padding="same", **SMOOTH, name=conv())
        for filters, strides in CONVOLUTIONS
    ]
    classifier = [
        layers.Flatten(name="flatten"),
        layers.Dropout(0.25, name="dropout"),
        layers.Dense(128, **SMOOTH, name="dense"),
        layers.Dropout(0.5, name="dropout_1"),
        layers.Dense(10, activation="softmax", name="dense_1"),
    ]
    return keras.Sequential(image_input() + convolutions + classifier, name="cnn")


def cnn_bn():
    conv, norm, activation = named("conv2d"), named("batch_normalization"), named("activation")

    def block(filters, strides):
        return [
            layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=conv()),
            layers.BatchNormalization(name=norm()),
            layers.Activation(SMOOTH["activation"], name=activation()),
        ]

    blocks = [layer for filters, strides in CONVOLUTIONS for layer in block(filters, strides)]
    classifier = [
        layers.GlobalAveragePooling2D(name="global_average_pooling2d"),
        layers.Dense(128, **SMOOTH, name="dense"),
        layers.Dropout(0.25, name="dropout"),
        layers.Dense(10, activation="softmax", name="dense_1"),
    ]
    return keras.Sequential(image_input() + blocks + classifier, name="cnn_bn")


def resnet20():
    """He et al., "Deep residual learning for image recognition" (arXiv 1512.03385), section 4.2, with a 1x1
    convolution where the shape changes (option B), L2 1e-4 on every kernel, and silu for relu."""
    conv, norm, activation, add = named("conv2d"), named("batch_normalization"), named("activation"), named("add")

    def convolve(x, filters, size, strides=1):
        return layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer=SMOOTH["kernel_initializer"],
            kernel_regularizer=keras.regularizers.L2(1e-4),
            name=conv(),
        )(x)

    def block(x, filters, strides):
        y = convolve(x, filters, 3, strides)
        y = layers.BatchNormalization(name=norm())(y)
        y = layers.Activation(SMOOTH["activation"], name=activation())(y)
        y = convolve(y, filters, 3)
        y = layers.BatchNormalization(name=norm())(y)
        if strides != 1:
            x = convolve(x, filters, 1, strides)
            x = layers.BatchNormalization(name=norm())(x)
        return layers.Activation(SMOOTH["activation"], name=activation())(layers.Add(name=add())([x, y]))

    image, rescaling = image_input()
    x = convolve(rescaling(image), 16, 3)
    x = layers.BatchNormalization(name=norm())(x)
    x = layers.Activation(SMOOTH["activation"], name=activation())(x)
    for filters, strides in [(16, 1)] * 3 + [(32, 2)] + [(32, 1)] * 2 + [(64, 2)] + [(64, 1)] * 2:
        x = block(x, filters, strides)
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    probabilities = layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-4), name="dense")(x)
    return keras.Model(image, probabilities, name="resnet20")


def main():
    repository = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else repository / "configs" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    for make in (mlp, cnn, cnn_bn, resnet20):
        model = make()
        description = portable(json.loads(model.to_json()))
        keras.models.model_from_json(json.dumps(description))  # Keras itself reads what is written
        path = folder / f"{model.name}.json"
        path.write_text(layer_a_line(description) + "\n")
        print(f"{path}: {model.count_params()} parameters")


if __name__ == "__main__":
    main()
