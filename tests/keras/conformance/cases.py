"""What is compared: layers with the values of their arguments, and the cases that follow from them."""

import dataclasses
import itertools
import random
from typing import Any, Callable, Optional

FILLINGS = 40


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer class and how it is called. The first value of each argument's list is the default."""

    class_name: str
    # Sample shapes, one per input tensor; or a function of the case's arguments that gives them.
    inputs: Any
    # Passed in every case.
    always: dict = dataclasses.field(default_factory=dict)
    arguments: dict = dataclasses.field(default_factory=dict)
    # True for combinations that Keras refuses.
    skip: Callable = lambda a: False
    # Inputs are whole numbers below this: one number for all inputs, or a list with None for real inputs.
    integers: Any = None
    # Masks of the first input: None, "right" (padding at the end of rows) or "some" (anywhere). Masking, or for whole
    # numbers an Embedding with mask_zero, makes them.
    mask: tuple = (None,)
    # Modes in which every case is run. Only a run in training has gradients.
    training: tuple = (False, True)
    # Instead of class name and arguments: (keras, arguments) -> layer.
    make: Optional[Callable] = None
    # (layer, tensors) -> output or list of outputs.
    call: Callable = lambda layer, x: layer(x[0] if len(x) == 1 else x)
    # Of the difference between outputs, and between gradients.
    tolerance: float = 1e-5
    # Outputs whose masks are not compared.
    without_mask: tuple = ()
    # Endings of the paths of weights whose gradient is identically zero: what both compute is rounding.
    zero_gradients: tuple = ()
    # True where layers of inner models stand under names that depend on how the models came about: of the variables' names
    # only the last two parts are compared.
    nested: bool = False
    # In the table; two entries of one class need different ones.
    name: Optional[str] = None

    @property
    def title(self):
        return self.name or self.class_name


@dataclasses.dataclass(frozen=True)
class Case:
    layer: Layer
    arguments: dict
    mask: Optional[str]
    number: int  # within the layer

    @property
    def title(self):
        defaults = {key: values[0] for key, values in self.layer.arguments.items()}
        given = [f"{key}={value!r}" for key, value in self.arguments.items() if not same(value, defaults[key])]
        if self.mask is not None:
            given.append(f"mask={self.mask}")
        return f"{self.layer.title}({', '.join(given)})"

    def input_shapes(self):
        inputs = self.layer.inputs
        return list(inputs({**self.layer.always, **self.arguments}) if callable(inputs) else inputs)


def with_and_without_mask(layer, x):
    """Two calls of one layer, the second with what a convolution leaves: no mask."""
    import keras

    return [layer(x[0]), layer(keras.layers.Conv1D(x[0].shape[-1], 1)(x[0]))]


def same(a, b):
    return a is b or (type(a) is type(b) and a == b)


class Pairs:
    """All pairs of values of two arguments, and which of them some case has. Values are named by their indices."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.missing = {
            ((i, a), (j, b)): None
            for i, j in itertools.combinations(range(len(sizes)), 2)
            for a in range(sizes[i])
            for b in range(sizes[j])
        }
        if len(sizes) == 1:
            self.missing = {((0, a), (0, a)): None for a in range(sizes[0])}

    @staticmethod
    def of(chosen):
        chosen = list(enumerate(chosen))
        return itertools.chain(itertools.combinations(chosen, 2), ((one, one) for one in chosen))

    def gain(self, chosen):
        return sum(pair in self.missing for pair in self.of(chosen))

    def cover(self, chosen):
        for pair in self.of(chosen):
            self.missing.pop(pair, None)

    def filled(self, pair, generator):
        """Value by value, each as good as can be for what is chosen already; ties are drawn."""
        chosen = dict(pair)
        rest = [i for i in range(len(self.sizes)) if i not in chosen]
        generator.shuffle(rest)
        for i in rest:
            gains = [
                sum(tuple(sorted(((i, value), other))) in self.missing for other in chosen.items())
                for value in range(self.sizes[i])
            ]
            best = [value for value, gain in enumerate(gains) if gain == max(gains)]
            chosen[i] = generator.choice(best)
        return tuple(chosen[i] for i in range(len(self.sizes)))

    def drawn(self, pair, generator):
        chosen = {i: generator.randrange(size) for i, size in enumerate(self.sizes)} | dict(pair)
        return tuple(chosen[i] for i in range(len(self.sizes)))

    def candidates(self, pair, generator):
        yield tuple(dict(pair).get(i, 0) for i in range(len(self.sizes)))
        for _ in range(FILLINGS):
            yield self.filled(pair, generator)
        for _ in range(FILLINGS):
            yield self.drawn(pair, generator)


def all_pairs(sizes, allowed):
    """Choices of one value for each argument, the defaults first, so that every pair of values that may occur together
    does. The same for the same sizes."""
    generator = random.Random(1)
    pairs = Pairs(sizes)
    chosen = []

    def take(choice):
        chosen.append(choice)
        pairs.cover(choice)

    if allowed(tuple(0 for _ in sizes)):
        take(tuple(0 for _ in sizes))
    while pairs.missing:
        pair = next(iter(pairs.missing))
        possible = [one for one in dict.fromkeys(pairs.candidates(pair, generator)) if allowed(one)]
        if possible:
            take(max(possible, key=pairs.gain))
        pairs.missing.pop(pair, None)
    return chosen


def cases_of(layer):
    keys = list(layer.arguments)
    lists = [layer.arguments[key] for key in keys] + [list(layer.mask)]

    def arguments(choice):
        return {key: values[index] for key, values, index in zip(keys, lists, choice)}

    def allowed(choice):
        return not layer.skip({**layer.always, **arguments(choice), "mask": layer.mask[choice[-1]]})

    found = all_pairs([len(values) for values in lists], allowed)
    return [Case(layer, arguments(one), layer.mask[one[-1]], number) for number, one in enumerate(found)]
