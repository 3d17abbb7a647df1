"""Writes what real Keras 3 computes with single layers: fixtures/layers/*.json, read by layer_values_test.cpp.

    KERAS_BACKEND=jax python make_layer_values.py [family …]

Each case is a layer's configuration, how it is called (argument names, masks among them, and literals), its weights
and inputs, and in float64 its outputs and the gradients of sum(output_gradients · outputs).
"""

import json
import pathlib
import sys

import jax
import keras
import numpy as np
from keras.src.backend.common import dtypes

jax.config.update("jax_enable_x64", True)
# Except on TensorFlow, Keras would let some sums fall back to float32.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
layers = keras.layers
FOLDER = pathlib.Path(__file__).parent / "fixtures" / "layers"


def without_dtype(value):
    """ktrain computes in float32, whatever Keras computed in here."""
    if isinstance(value, dict):
        return {k: without_dtype(v) for k, v in value.items() if k not in ("dtype", "build_config")}
    return [without_dtype(v) for v in value] if isinstance(value, list) else value


def rounded(array):
    return [float(f"{v:.8g}") for v in np.asarray(array, "float64").ravel()]


class Case:
    """A call of a layer: `arguments` are (name, sample shape or mask) in order, `call(layer, tensors)` makes it."""

    def __init__(self, name, layer, arguments, call=None, literals=None, rows=3, masks=None, scale=1.0):
        self.name, self.layer, self.arguments = name, layer, arguments
        self.call = call or (lambda layer, x: layer(x[0]))
        self.literals, self.rows, self.masks, self.scale = literals or {}, rows, masks or {}, scale

    def values(self, random):
        values = []
        for name, shape in self.arguments:
            if name in self.masks:
                mask = np.asarray(self.masks[name], "float64")
                values.append(mask)
            else:
                values.append(self.scale * random.standard_normal((self.rows, *shape)).astype("float32").astype("float64"))
        return values

    def compute(self, random):
        values = self.values(random)
        is_mask = [name in self.masks for name, _ in self.arguments]

        def inputs_of(x):
            return [v.astype(bool) if mask else v for v, mask in zip(x, is_mask)]

        self.call(self.layer, inputs_of([jax.numpy.asarray(v) for v in values]))
        for variable in self.layer.variables:
            if variable.dtype != "float64":
                continue
            size = 0.5 * random.standard_normal(variable.shape)
            variable.assign(size.astype("float32").astype("float64"))
        trainable = [v.value for v in self.layer.trainable_variables]
        fixed = [v.value for v in self.layer.non_trainable_variables]
        tree = [jax.numpy.asarray(v) for v in values]

        def outputs_of(weights, x):
            mapping = list(zip(self.layer.trainable_variables, weights)) + list(
                zip(self.layer.non_trainable_variables, fixed))
            with keras.StatelessScope(state_mapping=mapping):
                y = self.call(self.layer, inputs_of(x))
            return list(y) if isinstance(y, (tuple, list)) else [y]

        outputs = outputs_of(trainable, tree)
        seeds = [random.standard_normal(y.shape).astype("float32").astype("float64") for y in outputs]

        def loss(weights, x):
            return sum(jax.numpy.sum(s * y) for s, y in zip(seeds, outputs_of(weights, x)))

        weight_gradients, input_gradients = jax.grad(loss, argnums=(0, 1))(trainable, tree)
        return {
            "name": self.name,
            "layer": without_dtype(keras.saving.serialize_keras_object(self.layer)),
            "inputs": [name for name, _ in self.arguments],
            "literals": self.literals,
            "values": [{"shape": list(v.shape), "data": rounded(v)} for v in values],
            "weights": [{"name": "/".join(v.path.split("/")[1:]), "data": rounded(v.value)}
                        for v in self.layer.trainable_variables],
            "outputs": [{"shape": list(y.shape), "data": rounded(y)} for y in outputs],
            "output_gradients": [rounded(s) for s in seeds],
            "input_gradients": [None if mask else rounded(g) for g, mask in zip(input_gradients, is_mask)],
            "weight_gradients": [rounded(g) for g in weight_gradients],
        }


# Masked at the right, in between, at the left, and altogether.
STEPS = [[1, 1, 1, 0, 0], [1, 0, 1, 1, 1], [0, 1, 1, 0, 1], [0, 0, 0, 0, 0]]


def recurrent():
    sequence = ("sequences", (5, 3))
    kinds = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}
    for name, states in kinds.items():
        make = getattr(layers, name)
        yield Case(name, make(4), [sequence])
        yield Case(name + " sequences backwards", make(4, return_sequences=True, go_backwards=True), [sequence])
        yield Case(name + " no bias, relu", make(4, use_bias=False, activation="relu", return_state=True), [sequence])
        yield Case(name + " silu", make(4, activation="silu"), [sequence])
        for zero in (False, True):
            for sequences in (False, True):
                layer = make(4, return_sequences=sequences, return_state=True, zero_output_for_mask=zero,
                             go_backwards=sequences != zero)
                yield Case(f"{name} masked, zero_output_for_mask={zero}, return_sequences={sequences}", layer,
                           [sequence, ("sequences_mask", (5,))], lambda l, x: l(x[0], mask=x[1]), rows=4,
                           masks={"sequences_mask": STEPS})
        state = [("initial_state", (4,))] * states
        yield Case(name + " initial_state", make(4, return_sequences=True, return_state=True), [sequence] + state,
                   lambda l, x: l(x[0], initial_state=x[1:]))
        yield Case(name + " initial_state, masked", make(4, return_state=True),
                   [sequence] + state + [("inputs_mask", (5,))],
                   lambda l, x: l(x[0], initial_state=x[1:-1], mask=x[-1]), rows=4, masks={"inputs_mask": STEPS})
        yield Case(name + " unrolled, masked", make(4, return_sequences=True, unroll=True, zero_output_for_mask=True),
                   [sequence, ("sequences_mask", (5,))], lambda l, x: l(x[0], mask=x[1]), rows=4,
                   masks={"sequences_mask": STEPS})
    for name in ("LSTM", "GRU"):
        make = getattr(layers, name)
        yield Case(name + " gelu, softsign", make(3, activation="gelu", recurrent_activation="softsign"), [sequence])
        yield Case(name + " softmax", make(3, activation="softmax", recurrent_activation="softmax"), [sequence])
        yield Case(name + " one row", make(4, recurrent_activation="hard_sigmoid", return_sequences=True), [sequence],
                   rows=1)
    yield Case("GRU reset before", layers.GRU(4, reset_after=False, return_sequences=True), [sequence])
    yield Case("GRU reset before, no bias, masked", layers.GRU(4, reset_after=False, use_bias=False),
               [sequence, ("sequences_mask", (5,))], lambda l, x: l(x[0], mask=x[1]), rows=4,
               masks={"sequences_mask": STEPS})
    yield Case("RNN of a cell", layers.RNN(layers.GRUCell(4, reset_after=False), return_sequences=True), [sequence])
    cells = [layers.LSTMCell(4), layers.GRUCell(2), layers.LSTMCell(3), layers.SimpleRNNCell(2)]
    yield Case("RNN of a stack", layers.RNN(cells, return_sequences=True), [sequence])
    cells = [layers.LSTMCell(4), layers.LSTMCell(3)]
    yield Case("RNN of a stack, masked", layers.RNN(cells, return_sequences=True),
               [sequence, ("sequences_mask", (5,))], lambda l, x: l(x[0], mask=x[1]), rows=4,
               masks={"sequences_mask": STEPS})
    cells = [layers.SimpleRNNCell(4), layers.GRUCell(3)]
    yield Case("RNN of a stack, masked, zeros", layers.RNN(cells, zero_output_for_mask=True),
               [sequence, ("sequences_mask", (5,))], lambda l, x: l(x[0], mask=x[1]), rows=4,
               masks={"sequences_mask": STEPS})


FAMILIES = {"recurrent": recurrent}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for family in sys.argv[1:] or FAMILIES:
        random = np.random.default_rng(1)
        cases = []
        for case in FAMILIES[family]():
            try:
                cases.append(case.compute(random))
            except Exception:
                print("in case", case.name, file=sys.stderr)
                raise
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        (FOLDER / f"{family}.json").write_text(f"[{lines}]\n")


if __name__ == "__main__":
    main()
