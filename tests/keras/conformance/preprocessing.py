"""Preprocessing layers for images. A factor that is a list of the same number twice leaves nothing to chance, so that
random layers are compared in training, too."""

from cases import Layer

FORMATS = ["channels_last", "channels_first"]
PIXELS = {
    "fill_mode": ["reflect", "wrap", "constant", "nearest"],
    "interpolation": ["bilinear", "nearest"],
    "fill_value": [0.0, 0.7],
}
# Of a normal distribution most values stay, and some are clipped.
RANGES = [(0, 255), (-1.0, 1.5)]


def image(a):
    return [(3, 7, 5) if a.get("data_format") == "channels_first" else (7, 5, 3)]


def wide_image(a):
    return [(2, 6, 9) if a.get("data_format") == "channels_first" else (6, 9, 2)]


LAYERS = [
    Layer(
        "Resizing",
        inputs=wide_image,
        arguments={
            "height": [4, 6, 13],
            "width": [5, 9, 20],
            "interpolation": ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"],
            "crop_to_aspect_ratio": [False, True],
            "pad_to_aspect_ratio": [False, True],
            "antialias": [False, True],
            "fill_value": [0.0, 0.7],
            "data_format": FORMATS,
        },
        skip=lambda a: a["crop_to_aspect_ratio"] and a["pad_to_aspect_ratio"],
    ),
    Layer(
        "CenterCrop",
        inputs=wide_image,
        arguments={"height": [4, 6, 11], "width": [5, 9, 14], "data_format": FORMATS},
    ),
    # Keras's inference returns the image uncropped, and its training cuts at random.
    Layer(
        "RandomCrop",
        inputs=wide_image,
        arguments={"height": [6, 8], "width": [9, 4, 12], "data_format": FORMATS},
        training=(True,),
    ),
    Layer(
        "RandomFlip",
        inputs=wide_image,
        arguments={"mode": ["horizontal", "vertical", "horizontal_and_vertical"], "data_format": FORMATS},
        training=(False,),
    ),
    Layer(
        "RandomRotation",
        inputs=image,
        arguments={"factor": [(0.13, 0.13), (-0.4, -0.4), (0.25, 0.25)], **PIXELS, "data_format": FORMATS},
        # A quarter of a turn puts pixels of the even axis between two others, where rounding decides.
        skip=lambda a: a["factor"] == (0.25, 0.25) and a["interpolation"] == "nearest",
    ),
    Layer(
        "RandomZoom",
        inputs=image,
        arguments={
            "height_factor": [(0.3, 0.3), (-0.45, -0.45)],
            "width_factor": [None, (0.7, 0.7), (-0.1, -0.1)],
            **PIXELS,
            "data_format": FORMATS,
        },
    ),
    Layer(
        "RandomTranslation",
        inputs=image,
        arguments={
            "height_factor": [(0.3, 0.3), (-0.9, -0.9), (1.0, 1.0)],
            "width_factor": [(0.21, 0.21), (-0.37, -0.37)],
            **PIXELS,
            "data_format": FORMATS,
        },
    ),
    Layer("RandomShear", inputs=image, arguments={"x_factor": [0.0], **PIXELS, "data_format": FORMATS}),
    Layer(
        "RandomBrightness",
        inputs=image,
        arguments={"factor": [(0.1, 0.1), (-0.2, -0.2)], "value_range": RANGES, "data_format": FORMATS},
    ),
    Layer(
        "RandomContrast",
        inputs=image,
        arguments={"factor": [(-0.3, 0.3), (0.0, 0.0)], "value_range": RANGES, "data_format": FORMATS},
    ),
    Layer(
        "RandomSaturation",
        inputs=image,
        arguments={"factor": [(0.3, 0.3), (0.8, 0.8)], "value_range": [(0, 255), (0, 1)], "data_format": FORMATS},
    ),
    # Turned to either side with the same probability: only a turn of nothing is certain.
    Layer("RandomHue", inputs=image, arguments={"factor": [0.0], "value_range": RANGES, "data_format": FORMATS}),
    # Its parts take channels_last alone, whatever it is told itself.
    Layer(
        "RandomColorJitter",
        inputs=image,
        always={"value_range": (-3.0, 4.0)},
        arguments={
            "brightness_factor": [None, (0.02, 0.02)],
            "contrast_factor": [None, (-0.3, 0.3)],
            "saturation_factor": [None, (0.3, 0.3)],
            "hue_factor": [None, 0.0],
        },
    ),
    Layer("RandomGrayscale", inputs=image, arguments={"factor": [1.0, 0.0], "data_format": FORMATS}),
    Layer(
        "RandomColorDegeneration",
        inputs=image,
        arguments={"factor": [(0.3, 0.3), (-0.4, -0.4)], "value_range": RANGES, "data_format": FORMATS},
    ),
    Layer(
        "RandomInvert",
        inputs=image,
        arguments={"factor": [(1.0, 1.0), (0.0, 0.0)], "value_range": RANGES, "data_format": FORMATS},
    ),
    Layer(
        "RandomPosterization",
        inputs=image,
        arguments={"factor": [(3, 3), (6, 6)], "value_range": [(-4.0, 4.0), (-5, 6)], "data_format": FORMATS},
    ),
    Layer(
        "Solarization",
        inputs=image,
        arguments={
            "addition_factor": [0.0],
            "threshold_factor": [0.0],
            "value_range": [(0, 255), (-1.0, 1.5)],
            "data_format": FORMATS,
        },
    ),
    Layer(
        "RandomSharpness",
        inputs=image,
        arguments={"factor": [(0.2, 0.2), (0.9, 0.9)], "value_range": RANGES, "data_format": FORMATS},
    ),
    Layer(
        "RandomGaussianBlur",
        inputs=image,
        arguments={
            "factor": [(1.0, 1.0), (0.0, 0.0)],
            "kernel_size": [3, (5, 3), (1, 7)],
            "sigma": [(1.0, 1.0), (0.4, 0.4)],
            "value_range": RANGES,
            "data_format": FORMATS,
        },
    ),
    # Of rectangles at random places only those of all and of nothing are certain.
    Layer(
        "RandomErasing",
        inputs=image,
        arguments={
            "scale": [(1.0, 1.0), (0.0, 0.0)],
            "factor": [(1.0, 1.0), (0.0, 0.0)],
            "fill_value": [0.7, 3.0],
            "value_range": RANGES,
        },
    ),
    # Only that nothing moves is certain.
    Layer(
        "RandomPerspective",
        inputs=image,
        arguments={"factor": [1.0, 0.0], "scale": [0.0], "fill_value": [0.0, 0.7], "data_format": FORMATS},
    ),
    # Only moves too small to be seen are certain.
    Layer(
        "RandomElasticTransform",
        inputs=image,
        arguments={
            "factor": [(1.0, 1.0), (0.0, 0.0), 1.0],
            "scale": [(1e-9, 1e-9), (0.0, 0.0)],
            **PIXELS,
            "fill_mode": [*PIXELS["fill_mode"], "mirror"],
            "value_range": RANGES,
            "data_format": FORMATS,
        },
    ),
    # Keras's gradient of the largest and the smallest value is a matter of rounding; and it takes the last but one axes
    # for height and width whatever the format.
    Layer("AutoContrast", inputs=image, arguments={"value_range": RANGES}, training=(False,)),
]
