"""Cases in real Keras, which computes in float64 on JAX. Import after `prepare`."""

import os
import pathlib
import sys

ROWS = 3
SKIPPED = 77


def start(module=None):
    """Keras, in float64 from here on; the end of the script where it is not installed. `module`: another like this."""
    module = module or sys.modules[__name__]
    module.prepare()
    try:
        print(module.version(), flush=True)
    except ImportError as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)
    module.compute_in_float64()


def prepare():
    """Before Keras is imported. Most of the time goes into compiling each operation for each shape; optimizing what
    runs once on a few numbers is not worth it, and what was compiled is kept for the next time."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache / "ktrain" / "jax"))
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def version():
    import h5py, jax, keras  # noqa: F401

    return f"Keras {keras.__version__}"


def compute_in_float64():
    """Except on TensorFlow, Keras gives some layers float32 where their model says float64: BatchNormalization's mean
    of 25,000 values then comes out wrong by 1e-4."""
    import keras
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    if dtypes.result_type("float64", "float32") != "float64":
        raise RuntimeError("this Keras cannot be made to compute in float64")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


def exact(values):
    """Rounded to what float32 holds, so that both compute with the same numbers."""
    return values.astype("float32").astype("float64")


def alone(items):
    """A list's only item without the list, as models of one input or output are written."""
    return items[0] if len(items) == 1 else items


class Reference:
    """A case as a functional model, and everything that Keras computes with it."""

    def __init__(self, case, generator):
        self.case, self.generator = case, generator
        self.model = self.make_model()
        self.inputs = [self.draw_input(i, tensor.shape[1:]) for i, tensor in enumerate(self.model.inputs)]
        for variable in self.weights():
            variable.assign(self.draw_variable(variable))
        for layer in self.model.layers:
            if hasattr(layer, "finalize_state"):  # Normalization, which keeps copies
                layer.finalize_state()
        self.initial = self.initial_values()
        self.seeds = []

    def keras(self):
        """The module, without what earlier models left in it."""
        import keras

        keras.utils.clear_session(free_memory=False)
        return keras

    def weights(self):
        return self.model.weights

    def initial_values(self):
        """Of the model's variables, before a step changes them."""
        return [variable.value for variable in self.model.variables]

    def restore(self):
        """Undoes what a step changed."""
        for variable, value in zip(self.model.variables, self.initial):
            variable.assign(value)

    def whole_numbers_below(self, index):
        given = self.case.layer.integers
        return given[index] if isinstance(given, (list, tuple)) else given

    def make_model(self):
        keras = self.keras()
        layer = self.case.layer
        arguments = {**layer.always, **self.case.arguments}
        shapes = self.case.input_shapes()
        tensors = [
            keras.Input(shape, name=f"x{i}", dtype="int32" if self.whole_numbers_below(i) else None)
            for i, shape in enumerate(shapes)
        ]
        given = list(tensors)
        if self.case.mask is not None:
            limit = self.whole_numbers_below(0)
            mask = keras.layers.Embedding(limit, 4, mask_zero=True) if limit else keras.layers.Masking()
            given[0] = mask(given[0])
        made = layer.make(keras, arguments) if layer.make else getattr(keras.layers, layer.class_name)(**arguments)
        outputs = layer.call(made, given)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        return keras.Model(alone(tensors), alone(outputs))

    def draw_input(self, index, shape):
        import numpy as np

        limit = self.whole_numbers_below(index)
        shape = (ROWS, *shape)
        if limit:
            values = self.generator.integers(0 if self.case.mask is None else 1, limit, shape)
        else:
            values = exact(self.generator.normal(size=shape))
        if index == 0 and self.case.mask is not None:
            steps = np.arange(shape[1])
            if self.case.mask == "right":
                kept = steps < np.maximum(shape[1] - 2 * np.arange(ROWS), 1)[:, None]
            else:
                kept = self.generator.uniform(size=(ROWS, shape[1])) < 0.6
                kept[np.arange(ROWS), self.generator.integers(0, shape[1], ROWS)] = True
            values = np.where(kept.reshape(kept.shape + (1,) * (len(shape) - 2)), values, 0)
        return values

    def draw_variable(self, variable):
        import numpy as np

        values = self.generator.uniform(-0.8, 0.8, variable.shape)
        name = variable.name.split("/")[-1].split(":")[0]
        if name in ("moving_variance", "moving_stddev", "renorm_stddev", "variance", "gamma"):
            values = 0.5 + np.abs(values)
        return exact(values)

    def stateless(self, values, inputs, training):
        """(outputs, penalty of activations, variables after the call), values and variables in the order of
        model.variables"""
        import keras

        mapping = list(zip(self.model.variables, values))
        with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
            outputs = self.model(alone(inputs), training=training)
        changed = [scope.get_current_value(variable) for variable in self.model.variables]
        penalty = sum(scope.losses, keras.ops.zeros((), "float64"))
        return keras.tree.flatten(outputs), penalty, [v if c is None else c for v, c in zip(values, changed)]

    def inference(self):
        """{"output": […], "mask": […], "penalty": […]}"""
        import keras

        outputs, penalty, _ = self.stateless(self.initial, self.inputs, False)
        masks = [keras.src.backend.get_keras_mask(one) for one in outputs]
        return {"output": outputs, "mask": masks, "penalty": [penalty]}

    def training(self):
        """The same in training, and for the penalty and seeds drawn for the outputs also "input_gradient", "weight_gradient" (None for
        those that are not trained) and "state", the variables after the step (None for those that are)."""
        import jax
        import jax.numpy as jnp
        import keras

        variables = self.model.variables
        trained = [i for i, v in enumerate(variables) if v.trainable]
        real = [i for i, x in enumerate(self.inputs) if x.dtype == "float64"]
        kept = {}

        def outputs_of(weights, reals):
            values, inputs = list(self.initial), list(self.inputs)
            for i, value in zip(trained, weights):
                values[i] = value
            for i, value in zip(real, reals):
                inputs[i] = value
            outputs, penalty, after = self.stateless(values, inputs, True)
            masks = [keras.src.backend.get_keras_mask(one) for one in outputs]
            kept["differentiable"] = [jnp.issubdtype(one.dtype, jnp.floating) for one in outputs]
            as_real = [one.astype("float64") for one in outputs]
            return (as_real, penalty), (masks, [after[i] for i in range(len(variables)) if i not in trained])

        weights, reals = [self.initial[i] for i in trained], [self.inputs[i] for i in real]
        (outputs, penalty), pull, (masks, after) = jax.vjp(outputs_of, weights, reals, has_aux=True)
        self.seeds = [exact(self.generator.normal(size=one.shape)) for one in outputs]
        of_weights, of_inputs = pull(([jnp.asarray(seed) for seed in self.seeds], jnp.ones((), "float64")))
        gradients = dict(zip(trained, of_weights))
        states = dict(zip([i for i in range(len(variables)) if i not in trained], after))
        position = {id(variable): i for i, variable in enumerate(variables)}
        at = [position[id(variable)] for variable in self.model.weights]
        by_input = dict(zip(real, of_inputs))
        return {
            "output": outputs,
            "mask": masks,
            "penalty": [penalty],
            "input_gradient": [by_input.get(i) for i in range(len(self.inputs))],
            "weight_gradient": [gradients.get(i) for i in at],
            "state": [states.get(i) for i in at],
        }

    def variables_like_keras3(self):
        return [{"name": one.path, "shape": list(one.shape), "trainable": one.trainable} for one in self.weights()]

    @staticmethod
    def not_compared(case):
        """Why, if so."""
        return None

    @staticmethod
    def weights_file(number):
        return f"{number}.weights.h5"

    def save_weights(self, file):
        self.model.save_weights(file)

    def architecture(self):
        return self.model.to_json().replace('"float64"', '"float32"')
