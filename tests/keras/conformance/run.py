#!/usr/bin/env python3
"""Compares ktrain's layers with real Keras 3, or 2, for all pairs of argument values.

The cases follow from the lists in the files beside this one, one a family of layers (cases.py). For each case Keras
builds a functional model, draws weights, inputs and seeds for the gradients of the outputs, and computes in float64;
ktrain computes the same from the architecture's JSON and the weights file, in one shard and in shards of one row. With
--keras 2 that is tf-keras, its dialect of JSON and its .h5 weights; what it does not have is left out. Compared are
outputs, their masks and the penalties of activations, in training also the gradients of the inputs and of the weights,
and the moving statistics after the step; names and shapes of the variables must be Keras's.

    run.py --probe PROGRAM [--keras 2] [--only Conv2D,Dense] [--family convolutions] [--table FILE] [--verbose]

Prints a table by layer, then what failed and what ktrain refused with its message. Ends with 1 when something failed,
with 77 (skipped) where Keras is not installed.
"""

import argparse
import collections
import importlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zlib

from cases import cases_of
from exchange import Exchange, values_of
from reference import ROWS, start

FLOOR = 1e-3
KINDS = ("output", "input_gradient", "weight_gradient", "state", "mask", "penalty")
HERE = pathlib.Path(__file__).resolve().parent
NOT_COMPARED = {
    "GroupedQueryAttention": "GroupQueryAttention under the name of its Python class",
    "Equalization": "Keras takes the histogram of the whole batch, ktrain each image's own",
    "RandAugment": "its operations are drawn",
}
NO_FAMILIES = {"cases", "exchange", "reference", "reference2", "run"}
# Of Keras 2: far fewer would mean that it was not asked in its language.
LEAST_CASES = 600


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--keras", type=int, choices=(2, 3), default=3)
    parser.add_argument("--only", help="layers, a comma between them")
    parser.add_argument("--family", help="families, a comma between them")
    parser.add_argument("--table", type=pathlib.Path, help="also write what is printed into this file")
    parser.add_argument("--verbose", action="store_true", help="print each case")
    return parser.parse_args()


def chosen_layers(arguments):
    families = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in NO_FAMILIES)
    if arguments.family:
        families = arguments.family.split(",")
    layers = [layer for family in families for layer in importlib.import_module(family).LAYERS]
    titles = [layer.title for layer in layers]
    if len(set(titles)) < len(titles):
        raise RuntimeError(f"two entries of one name: {[t for t in titles if titles.count(t) > 1]}")
    if arguments.only:
        layers = [one for one in layers if {one.title, one.class_name} & set(arguments.only.split(","))]
    return layers


class Attempt:
    """A case on its way: what Keras computed in each mode, then what became of it."""

    def __init__(self, case, exchange, number, reference):
        self.case, self.runs, self.expected, self.parameters = case, [], {}, []
        self.worst = dict.fromkeys(KINDS, 0.0)
        self.refused, self.failures, self.given = None, [], False
        try:
            self.compute_in_keras(exchange, number, reference)
            self.given = True
        except Exception as error:
            self.failures.append(" ".join(f"Keras does not compute it: {type(error).__name__}: {error}".split())[:300])

    def compute_in_keras(self, exchange, number, reference):
        import numpy as np

        case = self.case
        if reason := reference.not_compared(case):
            raise ValueError(reason)
        generator = np.random.default_rng(zlib.crc32(case.title.encode()))
        keras_case = reference(case, generator)
        modes = sorted(case.layer.training)
        self.expected = {mode: keras_case.training() if mode else keras_case.inference() for mode in modes}
        self.runs = [(mode, shard_rows) for mode in modes for shard_rows in (0, 1)]
        self.parameters = keras_case.variables_like_keras3()
        file = keras_case.weights_file(number) if self.parameters else None
        if file:
            keras_case.restore()
            keras_case.save_weights(exchange.folder / file)
        exchange.add(
            architecture=keras_case.architecture(),
            weights=file,
            rows=ROWS,
            inputs=[exchange.tensor(one) for one in keras_case.inputs],
            seeds=[exchange.tensor(one) for one in keras_case.seeds],
            runs=[{"training": mode, "shard_rows": shard_rows} for mode, shard_rows in self.runs],
        )

    def judge(self, result, computed):
        if "refused" in result:
            self.refused = result["refused"]
        elif "broken" in result:
            self.failures.append(result["broken"])
        elif self.named(result["parameters"]) != self.named(self.parameters):
            self.failures.append(f"variables are {result['parameters']}, in Keras {self.parameters}")
        else:
            self.names = [one["name"] for one in result["parameters"]]
            for (mode, shard_rows), found in zip(self.runs, result["runs"]):
                where = f"{'training' if mode else 'inference'}{', shards of 1' if shard_rows else ''}"
                self.compare(found, self.expected[mode], computed, where)

    def named(self, parameters):
        """With the keys that the reference has, and of nested layers' names the end."""
        keys = self.parameters[0].keys() if self.parameters else set()
        chosen = [{key: one[key] for key in keys} if keys else one for one in parameters]
        if not self.case.layer.nested or "name" not in keys:
            return chosen
        return [{**one, "name": "/".join(one["name"].split("/")[-2:])} for one in chosen]

    def is_left_out(self, kind, index):
        layer = self.case.layer
        if kind == "weight_gradient":
            return self.names[index].endswith(layer.zero_gradients)
        return kind == "mask" and index in layer.without_mask

    def compare(self, found, expected, computed, where):
        import numpy as np

        gradients = expected.get("input_gradient", []) + expected.get("weight_gradient", [])
        largest = max((np.max(np.abs(one), initial=0) for one in gradients if one is not None), default=0)
        floors = {"input_gradient": FLOOR * max(largest, 1e-30), "weight_gradient": FLOOR * max(largest, 1e-30)}
        for kind in expected:
            for index, (theirs, place) in enumerate(zip(expected[kind], found[kind], strict=True)):
                if self.is_left_out(kind, index):
                    continue
                ours = values_of(place, computed)
                if kind == "input_gradient" and ours is None and theirs is not None:
                    ours = np.zeros_like(theirs)  # the loss does not depend on it
                value = difference(ours, theirs, floors.get(kind, FLOOR))
                self.worst[kind] = max(self.worst[kind], value)
                if not value <= self.case.layer.tolerance:
                    self.failures.append(f"{where}: {kind} {index} differs by {describe(value, ours, theirs)}")


def difference(a, b, floor):
    """max|a - b| / max(max|b|, floor); infinite for another shape, for NaN, and where only one is there."""
    import numpy as np

    if a is None or b is None:
        return 0.0 if a is None and b is None else np.inf
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    if a.shape != b.shape:
        return np.inf
    value = np.max(np.abs(a - b), initial=0) / max(np.max(np.abs(b), initial=0), floor)
    return float(value) if np.isfinite(value) else np.inf


def describe(value, ours, theirs):
    of = lambda one: "none" if one is None else list(one.shape)
    return f"{value:.1e}" if value < float("inf") else f"{value} (ktrain {of(ours)}, Keras {of(theirs)})"


def table_of(attempts):
    by_layer = collections.defaultdict(list)
    for one in attempts:
        by_layer[one.case.layer.title].append(one)
    head = f"{'layer':32} {'cases':>5}  {'output':>8} {'dx':>8} {'dw':>8} {'state':>8}  {'failed':>6} {'refused':>7}"
    lines = [head]

    def line(title, members):
        worst = [max(one.worst[kind] for one in members) for kind in KINDS[:4]]
        numbers = " ".join(f"{value:8.1e}" for value in worst)
        failed, refused = sum(bool(one.failures) for one in members), sum(one.refused is not None for one in members)
        lines.append(f"{title:32} {len(members):5}  {numbers}  {failed:6} {refused:7}")

    for title, members in by_layer.items():
        line(title, members)
    if attempts:
        line(f"all {len(by_layer)}", attempts)
    return lines


def remarks(attempts):
    """What failed, and how often ktrain refused for which reason."""
    lines = []
    for one in attempts:
        if one.failures:
            lines.append(f"FAILED {one.case.title}: {one.failures[0]}")
            lines += [f"       {failure}" for failure in one.failures[1:4]]
    refusals = collections.Counter()
    for one in attempts:
        if one.refused is not None:
            reason = re.sub(r"^model JSON: ", "", one.refused).replace("\n", " ")
            refusals[(one.case.layer.title, re.sub(r"layer '[^']*'", "layer", reason))] += 1
    lines += [f"refused {title} ({count} cases): {reason}" for (title, reason), count in refusals.items()]
    return lines


def without_cases(probe):
    """Layer classes that ktrain has and no family lists."""
    run = subprocess.run([probe, "--classes"], capture_output=True, text=True, check=True)
    listed = {layer.class_name for layer in chosen_layers(argparse.Namespace(family=None, only=None))}
    known = {name for name in run.stdout.split() if not name.startswith("Keras2")}  # for --keras 2
    return sorted(known - listed - NOT_COMPARED.keys())


def run(arguments, folder, reference):
    exchange, attempts, started = Exchange(folder), [], time.monotonic()
    for layer in chosen_layers(arguments):
        for case in cases_of(layer):
            attempts.append(Attempt(case, exchange, len(attempts), reference))
    in_keras = time.monotonic() - started
    results, computed = exchange.compute(arguments.probe), exchange.computed()
    for one, result in zip([one for one in attempts if one.given], results, strict=True):
        one.judge(result, computed)
    missing, absent, some = [], [], arguments.family or arguments.only
    if arguments.keras == 3:
        missing = [] if some else without_cases(arguments.probe)
    else:
        absent = [one for one in attempts if not one.given]
        attempts = [one for one in attempts if one.given]
        missing = [] if some or len(attempts) >= LEAST_CASES else [f"{LEAST_CASES} cases less {len(attempts)}:"]
    lines = table_of(attempts) + remarks(attempts) + [f"FAILED {name} has no cases" for name in missing]
    if arguments.verbose:
        lines = [f"{one.case.title}: {one.refused or one.failures or one.worst}" for one in attempts + absent] + lines
    if absent:
        lines.append(f"{len(absent)} cases that Keras 2 does not have")
    lines.append(f"{in_keras:.0f} s in Keras, {time.monotonic() - started - in_keras:.0f} s in ktrain and comparing")
    text = "\n".join(lines)
    print(text, flush=True)
    if arguments.table:
        arguments.table.write_text(text + "\n")
    return sum(bool(one.failures) for one in attempts) + len(missing)


def main():
    arguments = read_arguments()
    module = importlib.import_module("reference2" if arguments.keras == 2 else "reference")
    start(module)
    reference = module.Reference2 if arguments.keras == 2 else module.Reference
    with tempfile.TemporaryDirectory(prefix="ktrain-conformance-") as folder:
        failed = run(arguments, pathlib.Path(folder), reference)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
