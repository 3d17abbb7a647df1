#!/usr/bin/env python3
"""Compares the images that the ktrain program reads with keras.utils.image_dataset_from_directory.

Makes folders of JPEG and PNG images of many kinds with Pillow, reads them through a model that changes nothing
(`ktrain predict`) and with Keras (format="grain": Pillow decodes, keras.ops.image.resize resizes), and compares order and
pixels, to 0.005. Grayscale images of colour JPEGs may differ by 1.5: libjpeg's own luma is what TensorFlow gives,
Pillow computes it anew from the rounded colours.

    compare_data_with_keras.py --ktrain PROGRAM

Ends with 77 (skipped) where this Python has no Keras, Pillow or grain, with 1 when something differs.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "jax"
SKIPPED = 77

try:
    import grain  # noqa: F401
    import keras
    import numpy as np
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(SKIPPED)

CASES = [
    ({"image_size": (40, 56)}, "size=40x56"),
    ({"image_size": (64, 64), "interpolation": "nearest"}, "size=64x64,interpolation=nearest"),
    ({"image_size": (25, 31), "interpolation": "bicubic"}, "size=25x31,interpolation=bicubic"),
    ({"image_size": (48, 30), "interpolation": "lanczos3"}, "size=48x30,interpolation=lanczos3"),
    ({"image_size": (33, 47), "crop_to_aspect_ratio": True}, "size=33x47,crop_to_aspect_ratio=true"),
    ({"image_size": (33, 47), "pad_to_aspect_ratio": True}, "size=33x47,pad_to_aspect_ratio=true"),
    ({"image_size": (40, 40), "color_mode": "rgba"}, "size=40x40,color_mode=rgba"),
    ({"image_size": (40, 40), "color_mode": "grayscale"}, "size=40x40,color_mode=grayscale"),
]


def make_images(folder):
    """Two classes, one with a folder within; smooth images with noise, so that every decoder path is taken."""
    generator = np.random.default_rng(1)

    def pixels(height, width, channels):
        y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
        waves = 110 * np.sin(x / 9 + c) * np.cos(y / 7 - c) + 128
        return np.clip(waves + generator.normal(0, 6, waves.shape), 0, 255).astype("uint8")

    def save(name, image, **options):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)

    save("cat/rgb.jpg", Image.fromarray(pixels(61, 83, 3)), quality=90)
    save("cat/full.jpeg", Image.fromarray(pixels(40, 56, 3)), quality=95, subsampling=0)
    save("cat/progressive.JPG", Image.fromarray(pixels(70, 33, 3)), quality=75, progressive=True)
    save("cat/deeper/gray.jpg", Image.fromarray(pixels(50, 50, 1)[..., 0]), quality=85)
    save("dog/rgb.png", Image.fromarray(pixels(37, 91, 3)))
    save("dog/gray.png", Image.fromarray(pixels(64, 64, 1)[..., 0]))
    save("dog/rgba.png", Image.fromarray(pixels(45, 30, 4), mode="RGBA"))
    save("dog/palette.png", Image.fromarray(pixels(52, 44, 3)).quantize(64))
    save("dog/bits.png", Image.fromarray(pixels(52, 44, 1)[..., 0]).convert("1"))


def read_with_ktrain(program, folder, options, shape, work):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    (work / "model.json").write_text(model.to_json())
    model.save_weights(work / "model.weights.h5")
    command = [program, "predict", "--model", "model.json", "--weights", "model.weights.h5", "--quiet"]
    command += ["--data", f"images:{folder},{options}", "--out", "out.npy"]
    subprocess.run(command, cwd=work, check=True)
    return np.load(work / "out.npy")


def read_with_keras(folder, arguments):
    dataset = keras.utils.image_dataset_from_directory(
        folder, label_mode=None, shuffle=False, batch_size=None, format="grain", verbose=False, **arguments
    )
    return np.stack([np.asarray(image) for image in dataset])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ktrain", required=True)
    program = pathlib.Path(parser.parse_args().ktrain).resolve()
    differ = False
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        make_images(work / "images")
        for arguments, options in CASES:
            expected = read_with_keras(work / "images", arguments)
            measured = read_with_ktrain(program, work / "images", options + ",labels=none", expected.shape[1:], work)
            difference = np.abs(measured - expected).max(axis=(1, 2, 3)) if measured.shape == expected.shape else None
            allowed = 1.5 if "grayscale" in options else 0.005
            wrong = difference is None or difference.max() > allowed
            differ = differ or wrong
            found = f"{measured.shape} for {expected.shape}" if difference is None else f"{difference.max():.5f}"
            print(f"{'WRONG' if wrong else 'ok'}: {options}: {found}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
