"""Cases in real Keras 2 (tf-keras), which computes in float64 on TensorFlow: as `reference`, for files of its dialect.
Import after `prepare`."""

import os

from reference import ROWS, Reference, alone, exact  # noqa: F401


def prepare():
    """Before Keras is imported."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


def version():
    import tf_keras

    return f"Keras {tf_keras.__version__} (tf-keras)"


def compute_in_float64():
    import tf_keras

    tf_keras.backend.set_floatx("float64")


def has_gaps(arguments):
    """True of a padded transposed convolution with kernels of 1, more than one element between them."""
    of_axes = lambda value: value if isinstance(value, (list, tuple)) else (value,) * 3
    sizes = zip(of_axes(arguments.get("kernel_size", 1)), of_axes(arguments.get("strides", 1)))
    return arguments.get("padding") == "same" and any(kernel == 1 and stride > 2 for kernel, stride in sizes)


class Reference2(Reference):
    """A case as a functional model of Keras 2. What Keras 2 does not have raises."""

    def keras(self):
        import tf_keras

        tf_keras.backend.clear_session()
        return tf_keras

    def initial_values(self):
        return [variable.numpy() for variable in self.model.variables]

    def weights(self):
        """Layer by layer, as Keras 3 has them."""
        return [weight for layer in self.model.layers for weight in layer.weights]

    def inference(self):
        outputs = self.call(self.inputs, False)
        return {"output": [one.numpy() for one in outputs], "mask": self.masks(outputs)}

    def call(self, inputs, training):
        import tensorflow as tf

        return tf.nest.flatten(self.model(alone(inputs), training=training))

    @staticmethod
    def masks(outputs):
        masks = [getattr(one, "_keras_mask", None) for one in outputs]
        return [None if one is None else one.numpy() for one in masks]

    def training(self):
        import tensorflow as tf

        self.restore()
        inputs = [tf.constant(one) for one in self.inputs]
        weights = self.weights()
        trained = {id(one) for one in self.model.trainable_weights}
        with tf.GradientTape() as tape:
            real = [one for one in inputs if one.dtype.is_floating]
            tape.watch(real)
            outputs = self.call(inputs, True)
            self.seeds = [exact(self.generator.normal(size=one.shape)) for one in outputs]
            total = sum(tf.reduce_sum(tf.cast(one, "float64") * seed) for one, seed in zip(outputs, self.seeds))
            for layer in self.model._flatten_layers():  # what activities cost
                total += sum(layer._eager_losses)
        variables = [one for one in weights if id(one) in trained]
        of_inputs, of_weights = tape.gradient(total, (real, variables), unconnected_gradients="zero")
        by_input = {id(one): gradient.numpy() for one, gradient in zip(real, of_inputs)}
        gradients = {id(one): tf.convert_to_tensor(g).numpy() for one, g in zip(variables, of_weights)}
        return {
            "output": [one.numpy() for one in outputs],
            "mask": self.masks(outputs),
            "input_gradient": [by_input.get(id(one)) for one in inputs],
            "weight_gradient": [gradients.get(id(one)) for one in weights],
            "state": [None if id(one) in trained else one.numpy() for one in weights],
        }

    def variables_like_keras3(self):
        """Their names follow other rules."""
        trained = {id(one) for one in self.model.trainable_weights}
        return [{"shape": list(one.shape), "trainable": id(one) in trained} for one in self.weights()]

    @staticmethod
    def not_compared(case):
        if case.arguments.get("interpolation") == "bicubic":
            return "TensorFlow takes the cubic from a table of 1,024 values"
        if case.layer.class_name == "MultiHeadAttention" and case.mask is not None:
            return "in float64 rows that are masked altogether keep their scores; in float32 -1e9 swallows them"
        penalized = "penalized" in case.layer.title or case.arguments.get("activity_regularizer") is not None
        if penalized and case.layer.class_name in ("Bidirectional", "Rescaling", "TimeDistributed"):
            return "files of Keras 2 do not hold the activity_regularizer of these"
        if case.arguments.get("groups", 1) > 1 and case.arguments.get("dilation_rate", 1) not in (1, None):
            return "TensorFlow's gradients of dilated convolutions in groups destroy memory that is not theirs"
        if case.layer.class_name == "Conv3DTranspose" and has_gaps({**case.layer.always, **case.arguments}):
            return "TensorFlow's gradient of the input is not that of the outputs, as finite differences show"
        return None

    @staticmethod
    def weights_file(number):
        """Both of Keras 2's forms in turn: that of its .keras files, and that of .h5 files."""
        return f"{number}.weights.h5" if number % 2 else f"{number}.h5"

    def save_weights(self, file):
        self.model.save_weights(file)
