from cases import Layer

WEIGHTS = {
    "use_bias": [True, False],
    "kernel_initializer": ["glorot_uniform", "he_normal"],
    "bias_initializer": ["zeros", "ones"],
    "kernel_regularizer": [None, "l2"],
    "bias_regularizer": [None, "l1"],
    "activity_regularizer": [None, "l2"],
    "kernel_constraint": [None, "max_norm"],
    "bias_constraint": [None, "non_neg"],
}
# Keras leaves the mask of its softmax on the scores, by accident. A bias of all keys alike does not change a softmax.
SCORES = {"without_mask": (1,), "zero_gradients": ("key/bias",)}
FLAGS = {"return_attention_scores": [False, True], "use_causal_mask": [False, True]}


def with_flags(make):
    """The arguments of a call, which the layer keeps until it is called."""

    def made(keras, a):
        options = {key: value for key, value in a.items() if key not in FLAGS}
        layer = make(keras, options)
        layer.call_flags = {key: a[key] for key in FLAGS if a.get(key)}
        return layer

    return made


def on_list(layer, x):
    return layer(x, **layer.call_flags)


def on_arguments(layer, x):
    return layer(*x, **layer.call_flags)


def residual(layer, x):
    """The sum has no mask: the attention has taken its inputs' away."""
    import keras

    y = keras.layers.Add()([x[0], layer(x[0], x[0])])
    return [y, keras.layers.GlobalAveragePooling1D()(y)]


def axes_apart(axes):
    """Queries and values of other sizes along the axes."""
    values = [4 if axes is None or axis in axes else size for axis, size in enumerate((2, 3, 2), 1)]
    return [(2, 3, 2, 5), (*values, 6)]


def called_in_three_ways(layer, x):
    plain, causal = layer(x[0], x[0]), layer(x[0], x[0], use_causal_mask=True)
    return [plain, causal, layer(x[0], x[0], return_attention_scores=True)[0]]


LAYERS = [
    Layer(
        "MultiHeadAttention",
        name="MultiHeadAttention, shared and called in three ways",
        inputs=[(5, 4)],
        make=lambda keras, a: keras.layers.MultiHeadAttention(num_heads=2, key_dim=3, activity_regularizer=a["penalty"]),
        arguments={"penalty": [None, "l2"]},
        call=called_in_three_ways,
        tolerance=1e-4,
        zero_gradients=("key/bias",),
    ),
    Layer(
        "Attention",
        inputs=[(4, 3), (5, 2), (5, 3)],
        make=with_flags(lambda keras, a: keras.layers.Attention(**a)),
        call=on_list,
        arguments={"use_scale": [False, True], "score_mode": ["dot", "concat"], "dropout": [0.0], **FLAGS},
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "Attention",
        name="Attention to itself",
        inputs=[(5, 3)],
        make=with_flags(lambda keras, a: keras.layers.Attention(**a)),
        call=lambda layer, x: layer([x[0], x[0]], **layer.call_flags),
        arguments={"use_scale": [False, True], "score_mode": ["dot", "concat"], **FLAGS},
        mask=(None, "right"),
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "AdditiveAttention",
        inputs=[(4, 3), (5, 3)],
        make=with_flags(lambda keras, a: keras.layers.AdditiveAttention(**a)),
        call=on_list,
        arguments={"use_scale": [True, False], "dropout": [0.0], **FLAGS},
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "MultiHeadAttention",
        inputs=[(4, 3), (5, 2), (5, 6)],
        make=with_flags(lambda keras, a: keras.layers.MultiHeadAttention(num_heads=2, key_dim=3, **a)),
        call=on_arguments,
        # JAX's fused attention takes no values of another size than the keys.
        skip=lambda a: a["value_dim"] is not None and not a["return_attention_scores"],
        arguments={
            "value_dim": [None, 4],
            "output_shape": [None, 5, (2, 3)],
            "attention_axes": [None, 1],
            "use_gate": [False, True],
            "sliding_window": [None, 2],
            **WEIGHTS,
            **FLAGS,
        },
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "MultiHeadAttention",
        name="MultiHeadAttention to itself",
        inputs=[(6, 8)],
        make=with_flags(lambda keras, a: keras.layers.MultiHeadAttention(num_heads=4, key_dim=2)),
        call=lambda layer, x: layer(x[0], x[0], **layer.call_flags),
        arguments=FLAGS,
        mask=(None, "right"),
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "MultiHeadAttention",
        name="MultiHeadAttention in a residual",
        inputs=[(6, 8)],
        make=lambda keras, a: keras.layers.MultiHeadAttention(num_heads=4, key_dim=2),
        call=residual,
        mask=(None, "right", "some"),
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "MultiHeadAttention",
        name="MultiHeadAttention over several axes",
        inputs=lambda a: axes_apart(a["attention_axes"]),
        make=with_flags(lambda keras, a: keras.layers.MultiHeadAttention(num_heads=2, key_dim=3, **a)),
        call=on_arguments,
        arguments={
            "attention_axes": [None, (1,), (2,), (3,), (1, 2), (2, 3), (1, 3), (3, 1), (2, 1), (3, 2, 1)],
            "output_shape": [None, (2, 3)],
            "use_gate": [False, True],
        },
        tolerance=1e-4,
        **SCORES,
    ),
    Layer(
        "GroupQueryAttention",
        inputs=[(4, 3), (5, 3), (5, 3)],
        make=with_flags(
            lambda keras, a: keras.layers.GroupQueryAttention(
                head_dim=3, num_query_heads=4, num_key_value_heads=a.pop("pairs"), **a
            )
        ),
        call=on_arguments,
        arguments={"pairs": [2, 1, 4], "use_gate": [False, True], "sliding_window": [None, 2], **WEIGHTS, **FLAGS},
        tolerance=1e-4,
        **SCORES,
    ),
]
