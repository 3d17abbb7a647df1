from cases import Layer

FORMATS = ["channels_last", "channels_first"]
SPACES = {1: (7,), 2: (6, 5), 3: (5, 4, 6)}
PADDINGS = {
    1: [1, 0, (1, 2), (3, 0)],
    2: [1, 0, (1, 2), ((1, 0), (0, 2)), ((2, 1), (3, 1))],
    3: [1, 0, (1, 0, 2), ((1, 0), (0, 2), (1, 1)), ((2, 1), (0, 1), (3, 0))],
}
CROPPINGS = {
    1: [1, 0, (1, 2), (3, 0)],
    2: [1, 0, (1, 2), ((1, 0), (0, 2)), ((2, 1), (3, 1))],
    3: [1, 0, (1, 0, 2), ((1, 0), (0, 2), (1, 1)), ((2, 1), (0, 1), (3, 0))],
}


def within(n, channels=3):
    """The layers of one dimension have no data_format, but ZeroPadding1D."""
    return lambda a: [(channels, *SPACES[n]) if a.get("data_format") == "channels_first" else (*SPACES[n], channels)]


def formats(n):
    return {} if n == 1 else {"data_format": FORMATS}


LAYERS = [
    Layer(
        "Flatten",
        inputs=lambda a: [a["shape"]],
        make=lambda keras, a: keras.layers.Flatten(data_format=a["data_format"]),
        arguments={"shape": [(4, 3, 2), (4, 3), (5,), (2, 3, 4, 5)], "data_format": FORMATS},
    ),
    Layer(
        "Reshape",
        inputs=[(4, 6)],
        arguments={"target_shape": [(6, 4), (24,), (-1, 2), (2, -1, 3), (1, 24), (2, 3, 2, 2)]},
    ),
    Layer("Permute", inputs=[(4, 3, 2)], arguments={"dims": [(1, 2, 3), (2, 1, 3), (3, 1, 2), (3, 2, 1)]}),
    Layer("Permute", name="Permute of large samples", inputs=[(40, 33)], arguments={"dims": [(2, 1), (1, 2)]}),
    Layer("Permute", name="Permute of volumes", inputs=[(4, 3, 5, 2)], arguments={"dims": [(4, 1, 2, 3), (2, 3, 4, 1), (3, 4, 2, 1)]}),
    Layer("RepeatVector", inputs=[(5,)], arguments={"n": [1, 2, 7]}),
    *(
        Layer(
            f"ZeroPadding{n}D",
            inputs=within(n),
            arguments={"padding": PADDINGS[n], "data_format": FORMATS},
        )
        for n in (1, 2, 3)
    ),
    *(Layer(f"Cropping{n}D", inputs=within(n), arguments={"cropping": CROPPINGS[n], **formats(n)}) for n in (1, 2, 3)),
    Layer("UpSampling1D", inputs=within(1), arguments={"size": [2, 1, 3]}),
    Layer(
        "UpSampling2D",
        inputs=within(2),
        arguments={
            "size": [2, 1, 3, (2, 3), (4, 1)],
            "interpolation": ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"],
            "data_format": FORMATS,
        },
    ),
    Layer("UpSampling3D", inputs=within(3), arguments={"size": [2, 1, 3, (2, 3, 1)], "data_format": FORMATS}),
]
