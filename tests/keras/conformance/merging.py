from cases import Layer

SHAPES = {1: (5,), 2: (3, 4), 3: (2, 3, 4)}


def alike(a):
    """One shape; `narrow`: the input that has one element on its last axis and is broadcast."""
    shapes = [SHAPES[a["rank"]]] * a["count"]
    if a["narrow"] is not None:
        shapes[a["narrow"]] = (*SHAPES[a["rank"]][:-1], 1)
    return shapes


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
        skip=lambda a: a["mask"] is not None and (a["rank"] == 1 or a["narrow"] == 0),
    )


LAYERS = [
    merged("Add"),
    merged("Subtract", counts=(2,)),
    merged("Multiply"),
    merged("Average"),
    merged("Maximum"),
    merged("Minimum"),
    Layer(
        "Concatenate",
        inputs=along,
        make=lambda keras, a: keras.layers.Concatenate(axis=a["axis"]),
        arguments={"axis": [-1, 1, 2, -2], "count": [2, 3, 5], "rank": [3, 2, 1]},
        skip=lambda a: not -a["rank"] <= a["axis"] <= a["rank"],
    ),
]
