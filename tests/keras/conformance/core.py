from cases import Layer

INITIALIZERS = ["glorot_uniform", "he_normal", "zeros"]

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
        "Embedding",
        inputs=[(5,)],
        integers=7,
        always={"input_dim": 7, "output_dim": 4},
        arguments={
            "embeddings_initializer": ["uniform", "ones"],
            "embeddings_regularizer": [None, "l2"],
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
            a["equation"][0], output_shape=a["equation"][1], bias_axes=a["equation"][2], activation=a["activation"]
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
        },
    ),
]
