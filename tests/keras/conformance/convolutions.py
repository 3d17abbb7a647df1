from cases import Layer


def refused(a):
    """Keras: no strides together with dilation; groups divide channels and filters."""
    strided = a["strides"] not in (1, (1, 1))
    dilated = a["dilation_rate"] not in (1, (1, 1))
    return strided and dilated


COMMON = {
    "padding": ["valid", "same"],
    "data_format": ["channels_last", "channels_first"],
    "activation": [None, "relu", "silu"],
    "use_bias": [True, False],
    "bias_initializer": ["zeros", "ones"],
    "bias_regularizer": [None, "l2"],
    "bias_constraint": [None, "non_neg"],
    "trainable": [True, False],
}
KERNEL = {
    "kernel_initializer": ["glorot_uniform", "he_normal", "orthogonal"],
    "kernel_regularizer": [None, "l1"],
    "kernel_constraint": [None, "max_norm"],
}


def planes(a):
    """Sizes that differ, and the channels where the format has them."""
    return [(4, 9, 8)] if a["data_format"] == "channels_first" else [(9, 8, 4)]


LAYERS = [
    Layer(
        "Conv2D",
        inputs=planes,
        always={"filters": 6},
        arguments={
            "kernel_size": [3, 1, (2, 3), (4, 1)],
            "strides": [1, 2, (2, 1), (3, 2)],
            "dilation_rate": [1, 2, (1, 2)],
            "groups": [1, 2],
            **COMMON,
            **KERNEL,
        },
        skip=refused,
    ),
    Layer(
        "Conv2D",
        name="Conv2D of many channels",
        inputs=[(6, 6, 16)],
        arguments={
            "filters": [32, 16, 17],
            "kernel_size": [3, 1, 5],
            "strides": [1, 2],
            "padding": ["same", "valid"],
            "groups": [1, 4, 16],
        },
        skip=lambda a: a["filters"] % a["groups"] != 0,
    ),
    Layer(
        "DepthwiseConv2D",
        inputs=planes,
        arguments={
            "kernel_size": [3, 1, (2, 3)],
            "strides": [1, 2],
            "dilation_rate": [1, 2, (1, 2)],
            "depth_multiplier": [1, 2, 3],
            **COMMON,
            "depthwise_initializer": ["glorot_uniform", "he_normal"],
            "depthwise_regularizer": [None, "l1"],
            "depthwise_constraint": [None, "max_norm"],
        },
        skip=refused,
    ),
]
