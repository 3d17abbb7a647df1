from cases import Layer


def penalized_twice(layer, x):
    """A shared layer adds a penalty for each of its calls."""
    return [layer(layer(x[0])), layer(x[0])]


def penalized_directions(keras, a):
    penalty = keras.regularizers.L1L2(**a)
    return keras.layers.Bidirectional(
        keras.layers.GRU(3, return_state=True, activity_regularizer=penalty), activity_regularizer=penalty
    )


# What these layers draw differs from Keras's; what they do with nothing to draw, and in inference, does not.
LAYERS = [
    Layer(
        "ActivityRegularization",
        inputs=[(4, 3)],
        arguments={"l1": [0.0, 0.25], "l2": [0.0, 0.125]},
        mask=(None, "right"),
    ),
    Layer(
        "Dense",
        name="Dense, shared and penalized",
        inputs=[(4,)],
        make=lambda keras, a: keras.layers.Dense(4, activation="tanh", activity_regularizer=keras.regularizers.L1L2(**a)),
        arguments={"l1": [0.25, 0.0], "l2": [0.125, 0.0]},
        call=penalized_twice,
    ),
    Layer(
        "Bidirectional",
        name="Bidirectional, penalized",
        inputs=[(4, 3)],
        make=penalized_directions,
        arguments={"l1": [0.25, 0.0], "l2": [0.125, 0.0]},
        tolerance=1e-4,
    ),
    Layer(
        "Rescaling",
        name="Rescaling, penalized",
        inputs=[(4, 3)],
        always={"scale": -2.0, "activity_regularizer": "l2"},
    ),
    Layer("GaussianNoise", inputs=[(4, 6)], training=(False,), arguments={"stddev": [0.5, 0.0], "seed": [None, 3]}),
    Layer("GaussianDropout", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0], "seed": [None, 3]}),
    Layer("AlphaDropout", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0], "seed": [None, 3]}),
    Layer("GaussianNoise", name="GaussianNoise of nothing", inputs=[(4, 6)], always={"stddev": 0.0}),
    Layer("GaussianDropout", name="GaussianDropout of nothing", inputs=[(4, 6)], always={"rate": 0.0}),
    Layer("AlphaDropout", name="AlphaDropout of nothing", inputs=[(4, 6)], always={"rate": 0.0}),
    Layer("SpatialDropout1D", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
    Layer("SpatialDropout2D", inputs=[(4, 3, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
    Layer("SpatialDropout3D", inputs=[(4, 3, 2, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
]
