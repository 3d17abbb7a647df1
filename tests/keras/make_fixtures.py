#!/usr/bin/env python3
"""Writes tests/keras/fixtures: small models and what real Keras 3 computes with them, for conformance_test.cpp.

Needs Keras 3 on JAX, which computes in float64 here. Each model NAME gives

    NAME.json         model.to_json() as this Keras writes it
    NAME.weights.h5   model.save_weights(), its optimizer's variables included, and beside them the group
                      `expected`: inputs x, outputs y in inference, then for one forward and backward pass in
                      training outputs t, the gradients g of sum(seed * t), and the variables `after`

    make_fixtures.py [FOLDER]
"""

import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import h5py
import jax
import keras
import numpy as np
from keras import layers

ROWS = 3
# All but sparsemax, whose threshold is wrong in Keras up to 3.15 (keras-team/keras#23425) and right in ktrain.
ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid "
    "log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid "
    "squareplus tanh tanh_shrink"
).split()


# In each model a layer with variables comes before the ones to test: its gradient shows those of their inputs.


def activations():
    inputs = keras.Input((2, 6), name="x")
    x = layers.Dense(6, name="before")(inputs)
    branches = [layers.Activation(name, name=f"a_{name}")(x) for name in ACTIVATIONS]
    branches += [
        layers.ReLU(max_value=0.9, negative_slope=0.1, threshold=0.2, name="relu_layer")(x),
        layers.ReLU(name="plain_relu_layer")(x),
        layers.LeakyReLU(name="leaky_relu_layer")(x),
        layers.Softmax(name="softmax_layer")(x),
        layers.Softmax(axis=1, name="softmax_rows")(x),
    ]
    return keras.Model(inputs, layers.Concatenate(name="all")(branches))


def dense():
    x = keras.Input((3, 4), name="x")
    y = layers.Dense(5, activation="tanh", name="on_last_axis")(x)
    y = layers.Dense(4, activation=layers.LeakyReLU(0.2, name="inner"), use_bias=False, name="no_bias")(y)
    y = layers.Dense(4, activation="softmax", trainable=False, name="frozen")(y)
    return keras.Model(x, layers.Dense(2, activation=keras.activations.gelu, name="last")(layers.Flatten()(y)))


def convolutions():
    inputs = keras.Input((7, 8, 4), name="x")
    x = layers.DepthwiseConv2D(3, padding="same", name="before")(inputs)
    y = [
        layers.Conv2D(6, 3, activation="silu", name="plain")(x),
        layers.Conv2D(6, (3, 2), strides=(2, 1), padding="same", use_bias=False, name="strided_same")(x),
        layers.Conv2D(6, 3, strides=2, groups=2, name="groups")(x),
        layers.Conv2D(6, 3, dilation_rate=2, padding="same", activation="relu", name="dilated")(x),
        layers.Conv2D(6, 1, activation="softmax", name="pointwise")(x),
        layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="tanh", name="depthwise")(x),
        layers.DepthwiseConv2D(3, strides=2, use_bias=False, name="depthwise_strided")(x),
        layers.DepthwiseConv2D((2, 3), dilation_rate=2, name="depthwise_dilated")(x),
        layers.Conv2D(6, 3, name="padded")(layers.ZeroPadding2D(((1, 0), (0, 2)), name="padding")(x)),
    ]
    pooled = [layers.GlobalAveragePooling2D(name=f"mean_{i}")(one) for i, one in enumerate(y)]
    return keras.Model(inputs, layers.Concatenate(name="all")(pooled + [layers.Flatten(name="flatten")(y[1])]))


def pooling():
    inputs = keras.Input((7, 8, 3), name="x")
    x = layers.DepthwiseConv2D(3, padding="same", name="before")(inputs)
    y = [
        layers.MaxPooling2D(name="max")(x),
        layers.MaxPooling2D(3, strides=2, padding="same", name="max_same")(x),
        layers.MaxPooling2D((2, 3), strides=1, name="max_overlapping")(x),
        layers.AveragePooling2D(2, name="average")(x),
        layers.AveragePooling2D(3, strides=2, padding="same", name="average_same")(x),
        layers.GlobalAveragePooling2D(keepdims=True, name="mean_kept")(x),
        layers.GlobalMaxPooling2D(name="largest")(x),
        layers.GlobalMaxPooling2D(keepdims=True, name="largest_kept")(x),
        layers.GlobalAveragePooling2D(name="mean")(x),
    ]
    return keras.Model(inputs, layers.Concatenate(name="all")([layers.Flatten()(one) for one in y]))


def normalization():
    x = keras.Input((4, 4, 3), name="x")
    y = layers.BatchNormalization(name="plain")(x)
    y = layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv2d")(y)
    y = layers.BatchNormalization(momentum=0.9, epsilon=0.01, scale=False, name="no_scale")(y)
    y = layers.Activation("relu", name="relu")(y)
    y = layers.BatchNormalization(center=False, name="no_center")(y)
    y = layers.BatchNormalization(trainable=False, name="frozen")(y)
    y = layers.Dense(3, use_bias=False, name="dense")(layers.Flatten(name="flatten")(y))
    return keras.Model(x, layers.BatchNormalization(name="of_vectors")(y))


def branches():
    """Several inputs and outputs, a shared layer, Add of three, Reshape, Rescaling, Dropout of rate 0."""
    image = keras.Input((4, 4, 2), name="image")
    vector = keras.Input((32,), name="vector")
    scaled = layers.Rescaling([0.5, 2.0], offset=[0.1, -0.2], name="rescaling")(image)
    rows = layers.Reshape((-1, 8), name="reshape")(scaled)
    other = layers.Reshape((4, 8), name="reshape_vector")(layers.Dropout(0.0, name="dropout")(vector))
    shared = layers.Dense(8, activation="tanh", name="shared")
    first, second = shared(rows), shared(shared(other))
    total = layers.Add(name="add")([first, second, rows])
    both = layers.Concatenate(axis=1, name="concatenate")([total, other])
    score = layers.Dense(1, name="score")(layers.Flatten(name="flatten")(both))
    return keras.Model([image, vector], [score, layers.Dense(3, activation="softmax", name="classes")(total)])


def nested():
    """Models within models, one of them called twice, a frozen layer in it, channels first."""
    inner_in = keras.Input((6,), name="inner_x")
    deep = keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="tanh", name="d")], name="deep")
    h = layers.Dense(5, name="d")(inner_in)
    h = layers.BatchNormalization(name="bn", trainable=False)(h)
    inner = keras.Model(inner_in, [deep(h), layers.Dense(6, name="second")(h)], name="inner")
    image = keras.Input((3, 8, 6), name="image")
    y = layers.Conv2D(4, 3, strides=2, padding="same", data_format="channels_first", name="conv")(image)
    y = layers.MaxPooling2D(2, data_format="channels_first", name="pool")(y)
    y = layers.Dense(6, name="d")(layers.Flatten(data_format="channels_first", name="flat")(y))
    first, again = inner(y)
    last, _ = inner(again)
    return keras.Model(image, [layers.Add(name="sum")([first, last]), inner(last_of(again))[1]])


def last_of(x):
    return layers.Activation("tanh", name="tanh")(x)


MODELS = [activations, dense, convolutions, pooling, normalization, branches, nested]


def in_float64(model):
    return keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))


def draw_variables(model, random):
    """Values that float32 holds exactly; positive ones for variances."""
    for variable in model.variables:
        values = random.uniform(-0.8, 0.8, variable.shape)
        if variable.name in ("moving_variance", "gamma"):
            values = 0.5 + np.abs(values)
        variable.assign(values.astype("float32"))


def relative_path(model, variable):
    layer = next(one for one in model.layers if any(variable is mine for mine in one.weights))
    inner = f"{relative_path(layer, variable)}" if hasattr(layer, "layers") else variable.name
    return f"{layer.name}/{inner}"


def computed(model, random):
    """The group `expected` as a dictionary from paths to arrays."""
    inputs = [random.normal(size=(ROWS, *one.shape[1:])).astype("float32").astype("float64") for one in model.inputs]
    found = {f"x/{tensor.name}": value for tensor, value in zip(model.inputs, inputs)}
    names = model.output_names
    as_list = lambda outputs: outputs if isinstance(outputs, (list, tuple)) else [outputs]
    inference = as_list(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    found.update({f"y/{name}": value for name, value in zip(names, inference)})
    seeds = [random.normal(size=value.shape).astype("float32").astype("float64") for value in inference]
    found.update({f"seed/{name}": value for name, value in zip(names, seeds)})

    fixed = [variable.value for variable in model.non_trainable_variables]

    def objective(trainable):
        outputs, changed = model.stateless_call(
            trainable, fixed, inputs if len(inputs) > 1 else inputs[0], training=True
        )
        outputs = as_list(outputs)
        return sum((seed * out).sum() for seed, out in zip(seeds, outputs)), (outputs, changed)

    trainable = [variable.value for variable in model.trainable_variables]
    gradients, (outputs, changed) = jax.grad(objective, has_aux=True)(trainable)
    found.update({f"t/{name}": value for name, value in zip(names, outputs)})
    for variable, gradient in zip(model.trainable_variables, gradients):
        found[f"g/{relative_path(model, variable)}"] = gradient
    for variable, value in zip(model.non_trainable_variables, changed):
        found[f"after/{relative_path(model, variable)}"] = value
    return found


def write(folder, make, optimizer, random):
    keras.utils.clear_session()
    model = make()
    exact = in_float64(model)
    draw_variables(exact, random)
    model.set_weights(exact.get_weights())
    model.compile(optimizer)
    optimizer.build(model.trainable_variables)
    for variable in optimizer.variables[2:]:
        variable.assign(random.uniform(0, 1, variable.shape).astype("float32"))
    optimizer.iterations.assign(7)
    name = make.__name__
    (folder / f"{name}.json").write_text(model.to_json())
    weights = folder / f"{name}.weights.h5"
    model.save_weights(weights)
    with h5py.File(weights, "a") as file:
        for path, value in computed(exact, random).items():
            file[f"expected/{path}"] = np.asarray(value, "float32")
    print(f"{weights}: {weights.stat().st_size} bytes")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    optimizers = [
        keras.optimizers.Adam(0.25),
        keras.optimizers.AdamW(0.25, amsgrad=True),
        keras.optimizers.SGD(0.25, momentum=0.5),
        keras.optimizers.RMSprop(0.25),
        keras.optimizers.RMSprop(0.25, momentum=0.5, centered=True),
        keras.optimizers.SGD(0.25),
        keras.optimizers.Adam(0.25),
    ]
    for make, optimizer in zip(MODELS, optimizers):
        write(folder, make, optimizer, random)


if __name__ == "__main__":
    main()
