"""Arithmetic on tensors in a graph: operations of keras.ops, with literals on either side."""

from cases import Layer

BINARY = "add subtract multiply divide power maximum minimum".split()
UNARY = "negative abs exp sqrt square log tanh rsqrt reciprocal sin cos erf log1p expm1".split()
ACTIVATIONS = "relu relu6 sigmoid silu softplus softsign hard_sigmoid hard_silu elu selu gelu leaky_relu softmax log_softmax".split()
VIEWS = {
    "slice": lambda ops, x: x[:, 1:3, ::2],
    "index": lambda ops, x: x[:, 0],
    "last": lambda ops, x: x[..., -1],
    "backwards": lambda ops, x: x[:, ::-1],
    "new axis": lambda ops, x: x[:, None, 1:],
    "reshape": lambda ops, x: ops.reshape(x, (-1, 24)),
    "transpose": lambda ops, x: ops.transpose(x, (0, 2, 1)),
    "expand": lambda ops, x: ops.expand_dims(x, 1),
    "squeeze": lambda ops, x: ops.squeeze(ops.expand_dims(x, 2), 2),
    "repeat": lambda ops, x: ops.repeat(x, 2, axis=1),
    "tile": lambda ops, x: ops.tile(x, (1, 2, 1)),
    "flip": lambda ops, x: ops.flip(x, 1),
    "roll": lambda ops, x: ops.roll(x, 1, axis=2),
    "take": lambda ops, x: ops.take(x, [0, 2], axis=1),
    "pad": lambda ops, x: ops.pad(x, [[0, 0], [1, 2], [0, 1]]),
    "split": lambda ops, x: ops.split(x, 2, axis=1)[1],
    "clip": lambda ops, x: ops.clip(x, -0.5, 0.5),
}


def op(name):
    import keras

    return getattr(keras.ops, name)


def positive(x):
    return op("square")(x) + 0.5


def nothing(keras, a):
    """The operations need no layer; the driver builds one."""
    return keras.layers.Identity(), a


def apply(compute):
    return lambda made, x: compute(made[1], [made[0](x[0]), *x[1:]])


def binary(a, x):
    first = positive(x[0]) if a["left"] == "tensor" else 1.5
    second = positive(x[-1]) if a["right"] == "tensor" else 0.75
    return op(a["name"])(first, second)


def reduced(a, x):
    return op(a["name"])(x[0], axis=a["axis"], keepdims=a["keepdims"])


LAYERS = [
    Layer(
        "Operation of two",
        inputs=[(4, 6), (4, 6)],
        make=nothing,
        call=apply(lambda a, x: binary(a, x) + 0.0 * x[1]),
        arguments={"name": BINARY, "left": ["tensor", "literal"], "right": ["tensor", "literal"]},
        skip=lambda a: a["left"] == a["right"] == "literal",
    ),
    Layer(
        "Operation of one",
        inputs=[(4, 6)],
        make=nothing,
        call=apply(lambda a, x: op(a["name"])(positive(x[0]))),
        arguments={"name": UNARY},
    ),
    Layer(
        "Activation operation",
        inputs=[(4, 6)],
        make=nothing,
        call=apply(lambda a, x: op(a["name"])(x[0])),
        arguments={"name": ACTIVATIONS},
    ),
    Layer(
        "Reduction",
        inputs=[(4, 6)],
        make=nothing,
        call=apply(reduced),
        arguments={"name": ["sum", "mean", "max", "min"], "axis": [1, 2, -1, (1, 2)], "keepdims": [False, True]},
    ),
    Layer(
        "View",
        inputs=[(4, 6)],
        make=nothing,
        call=apply(lambda a, x: VIEWS[a["name"]](__import__("keras").ops, x[0])),
        arguments={"name": list(VIEWS)},
    ),
    Layer(
        "Product",
        inputs=[(4, 6), (6, 3)],
        make=nothing,
        call=apply(
            lambda a, x: op("matmul")(*x) if a["name"] == "matmul" else op("einsum")("bij,bjk->bki", *x)
        ),
        arguments={"name": ["matmul", "einsum"]},
    ),
]
