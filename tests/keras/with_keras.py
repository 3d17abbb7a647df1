"""Keras on JAX, for scripts that compare the ktrain program with it. Import before Keras."""

import os
import sys

SKIPPED = 77
os.environ["KERAS_BACKEND"] = "jax"


def keras_or_skip():
    """The module; ends the script where this Python does not have it."""
    try:
        import h5py, jax, keras  # noqa: F401
    except ImportError as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)
    return keras
