from cases import Layer

FORMATS = ["channels_last", "channels_first"]
SPACES = {1: (9,), 2: (7, 8), 3: (5, 6, 4)}
SIZES = {
    1: {"pool_size": [2, 3, (4,)], "strides": [None, 1, 2, (3,)]},
    2: {"pool_size": [2, 3, (2, 3), (1, 2)], "strides": [None, 1, 2, (3, 1)]},
    3: {"pool_size": [2, 3, (2, 3, 1), (1, 1, 2)], "strides": [None, 1, 2, (3, 1, 2)]},
}
# Fewer outputs than inputs, as many, and more.
OUTPUTS = {
    1: [4, 1, 9, 3, (11,)],
    2: [3, 1, (2, 5), (7, 8), (9, 3)],
    3: [2, 1, (2, 5, 3), (5, 6, 4), (3, 7, 1)],
}
GLOBAL = {"data_format": FORMATS, "keepdims": [False, True]}


def within(space, channels=3):
    return lambda a: [(channels, *space) if a["data_format"] == "channels_first" else (*space, channels)]


LAYERS = [
    *(
        Layer(
            f"{kind}Pooling{n}D",
            inputs=within(SPACES[n]),
            arguments={**SIZES[n], "padding": ["valid", "same"], "data_format": FORMATS},
        )
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    ),
    *(
        Layer(f"Global{kind}Pooling{n}D", inputs=within(SPACES[n]), arguments=GLOBAL)
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    ),
    Layer(
        "GlobalAveragePooling1D",
        name="GlobalAveragePooling1D of masked steps",
        inputs=[(9, 3)],
        arguments={"keepdims": [False, True]},
        mask=("right", "some"),
    ),
    *(
        Layer(
            f"Adaptive{kind}Pooling{n}D",
            inputs=within(SPACES[n]),
            arguments={"output_size": OUTPUTS[n], "data_format": FORMATS},
        )
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    ),
    *(
        Layer(
            f"{kind}Pooling{n}D",
            name=f"{kind}Pooling{n}D of many channels",
            inputs=[(*SPACES[n], 70)],
            arguments={"pool_size": [2, 3], "strides": [None, 1], "padding": ["same", "valid"]},
        )
        for kind in ("Max", "Average")
        for n in (1, 2, 3)
    ),
]
