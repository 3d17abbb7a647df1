from cases import Layer


def planes(a):
    return [(3, 7, 8)] if a["data_format"] == "channels_first" else [(7, 8, 3)]


FORMATS = ["channels_last", "channels_first"]
WINDOWS = {
    "pool_size": [2, 3, (2, 3), (1, 2)],
    "strides": [None, 1, 2, (3, 1)],
    "padding": ["valid", "same"],
    "data_format": FORMATS,
}
GLOBAL = {"data_format": FORMATS, "keepdims": [False, True]}

LAYERS = [
    Layer("MaxPooling2D", inputs=planes, arguments=WINDOWS),
    Layer("AveragePooling2D", inputs=planes, arguments=WINDOWS),
    Layer("GlobalMaxPooling2D", inputs=planes, arguments=GLOBAL),
    Layer("GlobalAveragePooling2D", inputs=planes, arguments=GLOBAL),
]
