from cases import Layer

INITIALIZERS = ["glorot_uniform", "he_normal", "zeros"]


def does_not_fit(axis, mean):
    """Of samples (4, 3, 2)."""
    axes = [] if axis is None else sorted(a % 4 for a in ([axis] if isinstance(axis, int) else axis))
    sizes = [(3, 4, 3, 2)[a] for a in axes]
    shape = []
    while isinstance(mean, list):
        shape.append(len(mean))
        mean = mean[0]
    return len(shape) > len(sizes) or any(a not in (1, b) for a, b in zip(shape[::-1], sizes[::-1]))

LAYERS = [
    Layer(
        "Dense",
        inputs=[(4, 6)],
        always={"units": 5},
        arguments={
            "activation": [None, "relu", "tanh", "softmax", "gelu"],
            "use_bias": [True, False],
            "kernel_initializer": INITIALIZERS,
            "bias_initializer": ["zeros", "ones"],
            "kernel_regularizer": [None, "l2"],
            "bias_regularizer": [None, "l1"],
            "activity_regularizer": [None, "l1", "l2"],
            "kernel_constraint": [None, "max_norm"],
            "bias_constraint": [None, "non_neg"],
            "trainable": [True, False],
        },
    ),
    Layer(
        "Dense",
        name="Dense of vectors",
        inputs=[(7,)],
        arguments={"units": [3, 1, 16, 17], "activation": [None, "relu", "sigmoid"]},
    ),
    Layer(
        "Dense",
        name="Dense of images",
        inputs=[(3, 2, 5)],
        arguments={"units": [3, 8], "use_bias": [True, False], "activation": [None, "silu", "log_softmax"]},
    ),
    Layer(
        "Dropout",
        inputs=[(4, 6)],
        training=(False,),
        arguments={"rate": [0.5, 0.0, 0.1], "noise_shape": [None, (None, 1, 6)], "seed": [None, 3]},
    ),
    Layer(
        "Dropout",
        name="Dropout of nothing",
        inputs=[(4, 6)],
        always={"rate": 0.0},
        arguments={"noise_shape": [None, (None, 1, 6)], "seed": [None, 3]},
    ),
    Layer(
        "Rescaling",
        inputs=[(4, 3, 2)],
        arguments={"scale": [0.25, -2.0, [0.5, 2.0]], "offset": [0.0, 1.5, [0.25, -0.125]]},
    ),
    Layer(
        "Normalization",
        inputs=[(4, 3, 5)],
        arguments={"axis": [-1, 1, 2, None, (1, 3), (-1, -2), (1, 2, 3)], "invert": [False, True]},
    ),
    Layer(
        "Normalization",
        name="Normalization with statistics",
        inputs=[(4, 3, 2)],
        make=lambda keras, a: keras.layers.Normalization(
            axis=a["axis"], mean=a["statistics"][0], variance=a["statistics"][1], invert=a["invert"]
        ),
        arguments={
            "axis": [-1, (1, 3), None, 2],
            "statistics": [
                (0.5, 2.0),
                ([0.5, -0.25], [2.0, 0.25]),
                ([[0.5, -0.25]], [[2.0, 0.25]]),
                ([0.5], [0.0]),
                ([[1.0], [2.0], [3.0], [4.0]], [[0.5], [0.25], [4.0], [1.0]]),
            ],
            "invert": [False, True],
        },
        skip=lambda a: does_not_fit(a["axis"], a["statistics"][0]),
    ),
    Layer(
        "Normalization",
        name="Normalization under a mask",
        inputs=[(4, 3)],
        always={"mean": 0.5, "variance": 4.0},
        mask=("right",),
    ),
    Layer(
        "Embedding",
        inputs=[(5,)],
        integers=7,
        always={"input_dim": 7, "output_dim": 4},
        arguments={
            "embeddings_initializer": ["uniform", "ones"],
            "embeddings_regularizer": [None, "l2"],
            "activity_regularizer": [None, "l2"],
            "embeddings_constraint": [None, "max_norm"],
            "mask_zero": [False, True],
            "trainable": [True, False],
        },
    ),
    Layer("Identity", inputs=[(4, 3)], mask=(None, "right")),
    Layer("Masking", inputs=[(5, 4)], arguments={"mask_value": [0.0, 1.0]}, mask=(None, "right", "some")),
    Layer("Dense", name="Dense under a mask", inputs=[(5, 4)], always={"units": 3}, mask=("right", "some")),
    Layer(
        "Dense", name="Dense behind Embedding", inputs=[(5,)], integers=7, always={"units": 3}, mask=("right", "some")
    ),
    Layer(
        "EinsumDense",
        inputs=[(4, 6)],
        make=lambda keras, a: keras.layers.EinsumDense(
            a["equation"][0],
            output_shape=a["equation"][1],
            bias_axes=a["equation"][2],
            activation=a["activation"],
            activity_regularizer=a["activity_regularizer"],
        ),
        arguments={
            "equation": [
                ("abc,cd->abd", (4, 5), "d"),
                ("abc,cde->abde", (4, 2, 3), "de"),
                ("abc,dbc->adc", (2, 6), "d"),
                ("...c,cd->...d", (5,), None),
                ("ab...,bc->ac...", (5,), "c"),
            ],
            "activation": [None, "tanh", "relu"],
            "activity_regularizer": [None, "l2"],
        },
    ),
]
