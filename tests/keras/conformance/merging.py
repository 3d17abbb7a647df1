from cases import Layer

SHAPES = {1: (5,), 2: (3, 4), 3: (2, 3, 4)}


def alike(a):
    """One shape; `narrow`: the input that has one element on its last axis and is broadcast."""
    shapes = [SHAPES[a["rank"]]] * a["count"]
    if a["narrow"] is not None:
        shapes[a["narrow"]] = (*SHAPES[a["rank"]][:-1], 1)
    return shapes


def masked_too(tensors):
    """With masks that leave out what is negative at the front."""
    import keras

    return [keras.layers.Masking()(keras.layers.ReLU(threshold=0.3)(x)) for x in tensors]


def along(a):
    """Inputs that differ along the axis."""
    shapes = [list(SHAPES[a["rank"]]) for _ in range(a["count"])]
    axis = a["axis"] - 1 if a["axis"] > 0 else a["axis"]
    for number, shape in enumerate(shapes):
        shape[axis] += number
    return [tuple(shape) for shape in shapes]


def merged(name, counts=(2, 3, 5)):
    """Inputs of one shape, or such that are broadcast to one."""
    return Layer(
        name,
        inputs=alike,
        make=lambda keras, a: getattr(keras.layers, name)(),
        arguments={"count": list(counts), "rank": [2, 1, 3], "narrow": [None, 0, 1]},
        mask=(None, "right"),
        skip=lambda a: a["mask"] is not None and a["rank"] == 1,
    )


def dotted(a):
    """Two inputs whose axes (a number, or one for each) have five elements, the others other sizes."""
    shapes = [list((2, 3, 4)[: a["ranks"][0] - 1]), list((6, 2, 3)[: a["ranks"][1] - 1])]
    axes = [a["axes"]] * 2 if isinstance(a["axes"], int) else a["axes"]
    for shape, axis in zip(shapes, axes):
        shape[axis - 1 if axis > 0 else axis] = 5
    return [tuple(shape) for shape in shapes]


def out_of_place(a):
    axes = [a["axes"]] * 2 if isinstance(a["axes"], int) else a["axes"]
    return any(not -rank < axis < rank for axis, rank in zip(axes, a["ranks"]))


LAYERS = [
    merged("Add"),
    merged("Subtract", counts=(2,)),
    merged("Multiply"),
    merged("Average"),
    merged("Maximum"),
    merged("Minimum"),
    *(
        Layer(
            name,
            name=f"{name} of masked samples",
            inputs=lambda a: a["shapes"],
            make=lambda keras, a, name=name: getattr(keras.layers, name)(),
            call=lambda layer, x: layer([x[0], *masked_too(x[1:])]),
            arguments={
                "shapes": [
                    [(4, 3), (4, 3)],
                    [(4, 3), (4, 1)],
                    [(4, 1), (4, 3)],
                    [(4, 3), (1, 3)],
                    [(1, 3), (4, 1), (4, 3)],
                    [(2, 4, 1), (2, 1, 3)],
                ],
            },
            mask=("right",),
        )
        for name in ("Add", "Multiply", "Maximum", "Minimum", "Average")
    ),
    *(
        Layer(
            name,
            name=f"{name} of masked samples and vectors",
            inputs=[(4, 3), (3,)],
            make=lambda keras, a, name=name: getattr(keras.layers, name)(),
            mask=("right",),
        )
        for name in ("Multiply", "Maximum")
    ),
    Layer(
        "Concatenate",
        inputs=along,
        make=lambda keras, a: keras.layers.Concatenate(axis=a["axis"]),
        arguments={"axis": [-1, 1, 2, -2], "count": [2, 3, 5], "rank": [3, 2, 1]},
        skip=lambda a: not -a["rank"] <= a["axis"] <= a["rank"],
    ),
    Layer(
        "Dot",
        inputs=dotted,
        make=lambda keras, a: keras.layers.Dot(axes=a["axes"], normalize=a["normalize"]),
        arguments={
            "axes": [-1, 1, 2, -2, 3, (1, 2), (2, 1), (-1, 1), (1, -1), (3, 2), (-2, -1)],
            "ranks": [(3, 3), (2, 2), (2, 3), (3, 2), (2, 4), (4, 2), (3, 4), (4, 3), (4, 4)],
            "normalize": [False, True],
        },
        skip=out_of_place,
        tolerance=2e-5,
    ),
    Layer(
        "Dot",
        name="Dot under a mask",
        inputs=[(5, 3), (5, 4)],
        make=lambda keras, a: keras.layers.Dot(axes=1, normalize=a["normalize"]),
        arguments={"normalize": [False, True]},
        mask=("right",),
    ),
]
