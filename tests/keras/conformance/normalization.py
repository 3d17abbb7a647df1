from cases import Layer, with_and_without_mask

SHAPES = {1: [(5,)], 2: [(6, 4)], 3: [(4, 3, 5)]}


def batch_normalization(keras, a):
    return keras.layers.BatchNormalization(**{key: value for key, value in a.items() if key != "rank"})


def spectral(keras, a):
    layers, penalty = keras.layers, a["activity_regularizer"]
    made = {
        "Dense": lambda: layers.Dense(5, activity_regularizer=penalty),
        "Conv2D": lambda: layers.Conv2D(3, (2, 3), strides=2, activity_regularizer=penalty),
        "EinsumDense": lambda: layers.EinsumDense("abcd,dcef->abef", (None, 2, 3), bias_axes="f"),
    }[a["layer"]]()
    return layers.SpectralNormalization(made, a["power_iterations"], trainable=a["trainable"])


LAYERS = [
    Layer(
        "BatchNormalization",
        inputs=lambda a: SHAPES[a["rank"]],
        make=batch_normalization,
        arguments={
            "rank": [3, 2, 1],
            "axis": [-1, 1],
            "momentum": [0.99, 0.5],
            "epsilon": [0.001, 0.1],
            "center": [True, False],
            "scale": [True, False],
            "beta_initializer": ["zeros", "ones"],
            "gamma_initializer": ["ones", "random_normal"],
            "moving_mean_initializer": ["zeros", "ones"],
            "moving_variance_initializer": ["ones", "zeros"],
            "beta_regularizer": [None, "l2"],
            "gamma_regularizer": [None, "l1"],
            "beta_constraint": [None, "non_neg"],
            "gamma_constraint": [None, "max_norm"],
            "trainable": [True, False],
        },
    ),
    Layer(
        "BatchNormalization",
        name="BatchNormalization, renormalized",
        inputs=[(6, 4)],
        always={"renorm": True},
        arguments={
            "renorm_clipping": [None, {"rmax": 1.1, "rmin": 0.9, "dmax": 0.2}, {"rmax": 1.5}, {"dmax": 0.4}],
            "renorm_momentum": [0.99, 0.5],
            "momentum": [0.99, 0.5],
            "center": [True, False],
            "scale": [True, False],
            "moving_variance_initializer": ["ones", "zeros"],
            "trainable": [True, False],
        },
        mask=(None, "some"),
        tolerance=2e-5,
    ),
    Layer(
        "BatchNormalization",
        name="BatchNormalization under a mask",
        inputs=lambda a: SHAPES[a["rank"]],
        make=batch_normalization,
        arguments={
            "rank": [2, 3],
            "axis": [-1, 1, 2],
            "momentum": [0.99, 0.5],
            "center": [True, False],
            "scale": [True, False],
            "trainable": [True, False],
        },
        mask=("right", "some"),
        tolerance=2e-5,
    ),
    Layer(
        "BatchNormalization",
        name="BatchNormalization, shared with and without a mask",
        inputs=[(6, 4)],
        arguments={"trainable": [True, False]},
        call=with_and_without_mask,
        mask=("right", "some"),
        tolerance=2e-5,
        zero_gradients=("conv1d/bias",),
    ),
    Layer(
        "LayerNormalization",
        inputs=[(4, 3, 5)],
        arguments={
            "axis": [-1, 1, [1, 2], [2, 3], [1, 3], [1, -1], [-1, -3]],
            "epsilon": [0.001, 0.1],
            "center": [True, False],
            "scale": [True, False],
            "gamma_initializer": ["ones", "random_normal"],
            "beta_initializer": ["zeros", "ones"],
        },
    ),
    Layer(
        "GroupNormalization",
        inputs=[(4, 3, 6)],
        arguments={
            "groups": [3, 1, 2, -1],
            "epsilon": [0.001, 0.1],
            "center": [True, False],
            "scale": [True, False],
        },
    ),
    # On JAX, Keras forgets after the step that it divided the kernel, whose gradient is then another.
    Layer(
        "SpectralNormalization",
        inputs=[(7, 6, 4)],
        make=spectral,
        arguments={
            "layer": ["Dense", "Conv2D", "EinsumDense"],
            "power_iterations": [1, 3],
            "trainable": [True, False],
            "activity_regularizer": [None, "l2"],
        },
        zero_gradients=("kernel",),
        tolerance=2e-5,
    ),
    # Keras itself computes along the last axis alone.
    Layer("RMSNormalization", inputs=[(4, 5)], arguments={"axis": [-1, 2], "epsilon": [1e-6, 0.1]}),
    Layer("UnitNormalization", inputs=[(4, 5)], arguments={"axis": [-1, 1, [1, 2]]}),
]
