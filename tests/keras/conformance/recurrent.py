from cases import Layer, with_and_without_mask

INITIALIZERS = {"kernel_initializer": ["glorot_uniform", "he_normal"], "bias_initializer": ["zeros", "ones"]}
WEIGHTS = {
    "use_bias": [True, False],
    **INITIALIZERS,
    "recurrent_initializer": ["orthogonal", "glorot_uniform"],
    "kernel_regularizer": [None, "l2"],
    "recurrent_regularizer": [None, "l1"],
    "bias_regularizer": [None, "l2"],
    "activity_regularizer": [None, "l2"],
    "kernel_constraint": [None, "max_norm"],
    "recurrent_constraint": [None, "unit_norm"],
    "bias_constraint": [None, "non_neg"],
}
LOOP = {
    "return_sequences": [False, True],
    "return_state": [False, True],
    "go_backwards": [False, True],
    "unroll": [False, True],
}
ACTIVATIONS = ["tanh", "relu", None, "gelu", "softmax"]
GATES = ["sigmoid", "hard_sigmoid", "silu", None]


def kinds():
    own = {
        "SimpleRNN": {},
        "LSTM": {"recurrent_activation": GATES, "unit_forget_bias": [True, False]},
        "GRU": {"recurrent_activation": GATES, "reset_after": [True, False]},
    }
    for name, arguments in own.items():
        yield Layer(
            name,
            inputs=[(5, 3)],
            always={"units": 4},
            arguments={"activation": ACTIVATIONS, **arguments, **LOOP, **WEIGHTS},
            mask=(None, "right", "some"),
            tolerance=1e-4,
        )
        # The masks are drawn by each program for itself: compared is what they leave alone.
        yield Layer(
            name,
            name=f"{name} with dropout",
            inputs=[(5, 3)],
            always={"units": 4},
            arguments={"dropout": [0.3, 0.0], "recurrent_dropout": [0.0, 0.3], "zero_output_for_mask": [False, True]},
            mask=(None, "some"),
            training=(False,),
            tolerance=1e-4,
        )
        states = 2 if name == "LSTM" else 1
        yield Layer(
            name,
            name=f"{name} with initial_state",
            inputs=[(5, 3)] + [(4,)] * states,
            always={"units": 4},
            arguments=LOOP,
            call=lambda layer, x: layer(x[0], initial_state=x[1:]),
            tolerance=1e-4,
        )


def make_rnn(keras, a):
    cells = {
        "one": lambda: keras.layers.GRUCell(4, reset_after=False),
        "simple": lambda: keras.layers.SimpleRNNCell(3),
        "stack": lambda: keras.layers.StackedRNNCells([keras.layers.LSTMCell(4), keras.layers.GRUCell(3)]),
    }
    return keras.layers.RNN(cells[a["cell"]](), return_sequences=a["return_sequences"], go_backwards=a["go_backwards"])


def small_model(keras, kind):
    """Kinds of models to be called on each step, of images (4, 4, 2) or of words (6)."""
    layers = keras.layers
    if kind == "sequential":
        return keras.Sequential([layers.Conv2D(3, 2, use_bias=False), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)])
    if kind == "channels first":
        return keras.Sequential([layers.Conv2D(3, 2, data_format="channels_first"), layers.GlobalAveragePooling2D()])
    if kind == "words":
        return keras.Sequential([layers.Embedding(7, 4, mask_zero=True), layers.LSTM(3, activity_regularizer="l2")])
    if kind == "directions":
        return keras.Sequential([layers.Embedding(7, 4, mask_zero=True), layers.Bidirectional(layers.GRU(3))])
    image = keras.Input((4, 4, 2))
    x = layers.Conv2D(2, 3, padding="same", activity_regularizer="l1")(image)
    if kind == "branches":
        x = layers.Concatenate()([layers.Add()([x, image]), layers.Multiply()([x, image])])
    if kind == "nested":
        x = keras.Sequential([layers.Input((4, 4, 2)), layers.Conv2D(3, 2), layers.LayerNormalization(axis=[1, 3])])(x)
    if kind == "twice":
        x = layers.TimeDistributed(keras.Sequential([layers.Input((4, 2)), layers.Dense(3), layers.Flatten()]))(x)
    return keras.Model(image, layers.Flatten()(x) + 1.0)


LAYERS = [
    Layer(
        "TimeDistributed",
        name="TimeDistributed of models",
        inputs=[(3, 4, 4, 2)],
        make=lambda keras, a: keras.layers.TimeDistributed(small_model(keras, a["kind"]), trainable=a["trainable"]),
        arguments={
            "kind": ["sequential", "channels first", "branches", "nested", "twice"],
            "trainable": [True, False],
        },
        tolerance=1e-4,
        nested=True,
    ),
    Layer(
        "TimeDistributed",
        name="TimeDistributed of models of words",
        inputs=[(3, 6)],
        integers=7,
        make=lambda keras, a: keras.layers.TimeDistributed(small_model(keras, a["kind"])),
        arguments={"kind": ["words", "directions"]},
        tolerance=1e-4,
    ),
    *(
        Layer(
            name,
            name=f"{name}, shared with and without a mask",
            inputs=[(5, 3)],
            always={"units": 4},
            arguments={"return_sequences": [False, True]},
            call=with_and_without_mask,
            mask=("right", "some"),
            tolerance=1e-4,
        )
        for name in ("LSTM", "GRU")
    ),
    Layer(
        "TimeDistributed",
        name="TimeDistributed under a mask",
        inputs=[(3, 4, 2)],
        make=lambda keras, a: keras.layers.TimeDistributed(getattr(keras.layers, a["layer"])()),
        arguments={"layer": ["BatchNormalization", "Identity"]},
        mask=("right", "some"),
        tolerance=1e-4,
    ),
    *kinds(),
    Layer(
        "RNN",
        inputs=[(5, 3)],
        make=make_rnn,
        arguments={"cell": ["one", "simple", "stack"], "return_sequences": [False, True], "go_backwards": [False, True]},
        mask=(None, "some"),
        tolerance=1e-4,
    ),
    Layer(
        "TimeDistributed",
        inputs=[(3, 4, 4, 2)],
        make=lambda keras, a: keras.layers.TimeDistributed(
            {
                # Keras hears nothing of a regularizer in here.
                "dense": lambda: keras.layers.Dense(3, activation="tanh", activity_regularizer="l2"),
                "conv": lambda: keras.layers.Conv2D(3, 2),
                "flatten": lambda: keras.layers.Flatten(),
                "normalization": lambda: keras.layers.BatchNormalization(),
            }[a["layer"]](),
            trainable=a["trainable"],
            activity_regularizer=a["activity_regularizer"],
        ),
        arguments={
            "layer": ["dense", "conv", "flatten", "normalization"],
            "trainable": [True, False],
            "activity_regularizer": [None, "l1"],
        },
        tolerance=1e-4,
    ),
]
