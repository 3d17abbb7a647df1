from cases import Layer


def moves(value):
    return value != 1 and set(value if isinstance(value, tuple) else (value,)) != {1}


def refused(a):
    """Keras: no strides together with dilation."""
    return moves(a["strides"]) and moves(a["dilation_rate"])


def refused_transposed(a):
    """Keras: output_padding is less than the stride."""
    padding, strides = a["output_padding"], a["strides"]
    if padding is None:
        return refused(a)
    pairs = zip(padding if isinstance(padding, tuple) else [padding] * 3, strides if isinstance(strides, tuple) else [strides] * 3)
    return refused(a) or any(p >= s for p, s in pairs)


def within(*space, channels=4):
    """A sample of these sizes, which differ, and the channels where the format has them."""
    return lambda a: [(channels, *space) if a.get("data_format") == "channels_first" else (*space, channels)]


# With kernel constraints, which are applied after an update, only that they are read is seen here.
COMMON = {
    "padding": ["valid", "same"],
    "data_format": ["channels_last", "channels_first"],
    "activation": [None, "relu", "silu"],
    "use_bias": [True, False],
    "bias_initializer": ["zeros", "ones"],
    "bias_regularizer": [None, "l2"],
    "activity_regularizer": [None, "l1"],
    "bias_constraint": [None, "non_neg"],
    "trainable": [True, False],
}
CAUSAL = {**COMMON, "padding": ["valid", "same", "causal"]}


def kernel(name):
    return {
        f"{name}_initializer": ["glorot_uniform", "he_normal", "orthogonal"],
        f"{name}_regularizer": [None, "l1"],
        f"{name}_constraint": [None, "max_norm"],
    }


SLIDES = {
    1: {"kernel_size": [3, 1, 4, (2,)], "strides": [1, 2, (3,)], "dilation_rate": [1, 2, (3,)]},
    2: {"kernel_size": [3, 1, (2, 3), (4, 1)], "strides": [1, 2, (2, 1), (3, 2)], "dilation_rate": [1, 2, (1, 2)]},
    3: {"kernel_size": [2, 1, (2, 3, 1)], "strides": [1, 2, (2, 1, 3)], "dilation_rate": [1, 2, (1, 2, 1)]},
}
SPACES = {1: (11,), 2: (9, 8), 3: (6, 7, 5)}
OUTPUT_PADDINGS = {1: [None, 0, 1, (2,)], 2: [None, 0, 1, (1, 0)], 3: [None, 0, 1, (1, 0, 2)]}

# oneDNN has other kernels for other numbers of channels.
MANY = {
    "filters": [32, 16, 17, 3, 64],
    "kernel_size": [3, 1, 5],
    "strides": [1, 2],
    "padding": ["same", "valid"],
}


def channels(space):
    return lambda a: [(*space, a["channels"])]


def many(class_name, space, extra=None, skip=lambda a: False, without=()):
    """`channels` is no argument of the layer, but of its input."""
    arguments = {**{key: values for key, values in MANY.items() if key not in without}, **(extra or {})}
    return Layer(
        class_name,
        name=f"{class_name} of many channels",
        inputs=channels(space),
        arguments={"channels": [16, 3, 17, 64], **arguments},
        make=lambda keras, a: getattr(keras.layers, class_name)(**{key: a[key] for key in a if key != "channels"}),
        skip=skip,
    )


def ungrouped(a):
    return a["filters"] % a["groups"] != 0 or a["channels"] % a["groups"] != 0


LAYERS = [
    *(
        Layer(
            f"Conv{n}D",
            inputs=within(*SPACES[n]),
            always={"filters": 6},
            arguments={**SLIDES[n], "groups": [1, 2], **(CAUSAL if n == 1 else COMMON), **kernel("kernel")},
            skip=refused,
        )
        for n in (1, 2, 3)
    ),
    many("Conv1D", (12,), {"groups": [1, 4, 16]}, ungrouped),
    many("Conv2D", (6, 9), {"groups": [1, 4, 16]}, ungrouped),
    many("Conv3D", (5, 4, 6), {"groups": [1, 4]}, lambda a: ungrouped(a) or (a["kernel_size"] == 5 and a["padding"] == "valid")),
    *(
        Layer(
            f"Conv{n}DTranspose",
            inputs=within(*SPACES[n]),
            always={"filters": 6},
            arguments={**SLIDES[n], "output_padding": OUTPUT_PADDINGS[n], **COMMON, **kernel("kernel")},
            skip=refused_transposed,
        )
        for n in (1, 2, 3)
    ),
    many("Conv1DTranspose", (6,)),
    many("Conv2DTranspose", (4, 5)),
    many("Conv3DTranspose", (3, 2, 4)),
    *(
        Layer(
            f"DepthwiseConv{n}D",
            inputs=within(*SPACES[n]),
            arguments={**SLIDES[n], "depth_multiplier": [1, 2, 3], **COMMON, **kernel("depthwise")},
        )
        for n in (1, 2)
    ),
    many("DepthwiseConv1D", (12,), {"depth_multiplier": [1, 2]}, without=("filters",)),
    many("DepthwiseConv2D", (6, 9), {"depth_multiplier": [1, 2]}, without=("filters",)),
    *(
        Layer(
            f"SeparableConv{n}D",
            inputs=within(*SPACES[n]),
            always={"filters": 6},
            arguments={**SLIDES[n], "depth_multiplier": [1, 2], **COMMON, **kernel("depthwise"), **kernel("pointwise")},
        )
        for n in (1, 2)
    ),
    many("SeparableConv1D", (12,), {"depth_multiplier": [1, 2]}),
    many("SeparableConv2D", (6, 9), {"depth_multiplier": [1, 2]}),
]
