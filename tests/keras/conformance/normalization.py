from cases import Layer

SHAPES = {1: [(5,)], 2: [(6, 4)], 3: [(4, 3, 5)]}


def batch_normalization(keras, a):
    return keras.layers.BatchNormalization(**{key: value for key, value in a.items() if key != "rank"})


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
        "LayerNormalization",
        inputs=[(4, 3, 5)],
        arguments={
            "axis": [-1, 1, [1, 2], [2, 3]],
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
    # Keras itself computes along the last axis alone.
    Layer("RMSNormalization", inputs=[(4, 5)], arguments={"axis": [-1, 2], "epsilon": [1e-6, 0.1]}),
    Layer("UnitNormalization", inputs=[(4, 5)], arguments={"axis": [-1, 1, [1, 2]]}),
]
