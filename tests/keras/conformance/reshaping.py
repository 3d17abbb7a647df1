from cases import Layer

FORMATS = ["channels_last", "channels_first"]

LAYERS = [
    Layer(
        "Flatten",
        inputs=lambda a: [a["shape"]],
        make=lambda keras, a: keras.layers.Flatten(data_format=a["data_format"]),
        arguments={"shape": [(4, 3, 2), (4, 3), (5,)], "data_format": FORMATS},
    ),
    Layer("Reshape", inputs=[(4, 6)], arguments={"target_shape": [(6, 4), (24,), (-1, 2), (2, -1, 3), (1, 24)]}),
    Layer("Permute", inputs=[(4, 3, 2)], arguments={"dims": [(1, 2, 3), (2, 1, 3), (3, 1, 2), (3, 2, 1)]}),
    Layer(
        "ZeroPadding2D",
        inputs=[(4, 3, 2)],
        arguments={"padding": [1, 0, (1, 2), ((1, 0), (0, 2)), ((2, 1), (3, 1))], "data_format": FORMATS},
    ),
]
