from cases import Layer

SHAPES = {1: (5,), 2: (3, 4), 3: (2, 3, 4)}


def alike(a):
    return [SHAPES[a["rank"]]] * a["count"]


def along(a):
    """Inputs that differ along the axis."""
    shapes = [list(SHAPES[a["rank"]]) for _ in range(a["count"])]
    axis = a["axis"] - 1 if a["axis"] > 0 else a["axis"]
    for number, shape in enumerate(shapes):
        shape[axis] += number
    return [tuple(shape) for shape in shapes]


LAYERS = [
    Layer(
        "Add", inputs=alike, make=lambda keras, a: keras.layers.Add(), arguments={"count": [2, 3, 5], "rank": [2, 1, 3]}
    ),
    Layer(
        "Concatenate",
        inputs=along,
        make=lambda keras, a: keras.layers.Concatenate(axis=a["axis"]),
        arguments={"axis": [-1, 1, 2, -2], "count": [2, 3, 5], "rank": [3, 2, 1]},
        skip=lambda a: not -a["rank"] <= a["axis"] <= a["rank"],
    ),
]
