from cases import Layer


def brought(module, class_name):
    """Makes a layer that a module of keras.applications brings along."""

    def make(keras, arguments):
        import importlib

        return getattr(importlib.import_module(f"keras.src.applications.{module}"), class_name)(**arguments)

    return make


LAYERS = [
    Layer(
        "CustomScaleLayer",
        make=brought("inception_resnet_v2", "CustomScaleLayer"),
        inputs=[(4, 3, 6), (4, 3, 6)],
        arguments={"scale": [0.17, 1.0, -2.0]},
    ),
    Layer(
        "LayerScale",
        make=brought("convnext", "LayerScale"),
        inputs=lambda a: [(4, 3, a["projection_dim"])],
        arguments={"init_values": [1e-6, 0.5], "projection_dim": [6, 1, 70]},
    ),
    # What is drawn differs from Keras's.
    Layer(
        "StochasticDepth",
        make=brought("convnext", "StochasticDepth"),
        inputs=[(4, 3, 6)],
        training=(False,),
        arguments={"drop_path_rate": [0.3, 0.0]},
    ),
    Layer(
        "StochasticDepth",
        name="StochasticDepth of nothing",
        make=brought("convnext", "StochasticDepth"),
        inputs=[(4, 3, 6)],
        always={"drop_path_rate": 0.0},
    ),
]
