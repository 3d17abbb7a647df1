import numpy as np
from cases import Layer

# All but sparsemax, whose threshold is wrong in Keras up to 3.15 (keras-team/keras#23425) and right in ktrain.
NAMES = (
    "linear celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid squareplus swish tanh tanh_shrink"
).split()

SHAPES = {1: [(6,)], 2: [(5, 4)], 3: [(3, 5, 4)]}


def of_rank(a):
    return SHAPES[a.get("rank", 2)]


def activation(keras, a):
    return keras.layers.Activation(a["activation"])


def softmax(keras, a):
    return keras.layers.Softmax(axis=a["axis"])


def are_axes(axes, rank):
    """Whether each is an axis of such samples, and none is named twice."""
    places = {axis % (rank + 1) for axis in axes}
    return len(places) == len(axes) and all(-rank <= axis <= rank for axis in axes)


LAYERS = [
    Layer("Activation", inputs=of_rank, make=activation, arguments={"activation": NAMES, "rank": [2, 1, 3]}),
    Layer(
        "ReLU",
        inputs=[(5, 4)],
        arguments={"max_value": [None, 0.9, 6.0], "negative_slope": [0.0, 0.1], "threshold": [0.0, 0.2]},
    ),
    Layer("LeakyReLU", inputs=[(5, 4)], arguments={"negative_slope": [0.3, 0.0, 0.01, 1.5]}),
    Layer(
        "Softmax",
        inputs=of_rank,
        make=softmax,
        arguments={"axis": [-1, 1, 2, -2, (1, 2), (-1, 1), (2, 3, 1)], "rank": [3, 2, 1]},
        skip=lambda a: not are_axes(np.ravel(a["axis"]), a["rank"]),
    ),
    Layer("ELU", inputs=[(5, 4)], arguments={"alpha": [1.0, 0.3, 2.0]}),
    Layer(
        "PReLU",
        inputs=[(3, 5, 4)],
        arguments={
            "alpha_initializer": ["zeros", "ones"],
            "alpha_regularizer": [None, "l2"],
            "alpha_constraint": [None, "non_neg"],
            "shared_axes": [None, [1], [1, 2]],
        },
    ),
]
