#!/usr/bin/env python3
"""Writes architectures.jsonl beside it: a small model of each layer class as Keras 3 describes it, for the corpus of architecture_fuzz.cpp. The layers and their arguments are those of tests/keras/conformance.

    make_architectures.py
"""

import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parent / "keras" / "conformance"
sys.path.insert(0, str(FOLDER))

import reference

reference.prepare()
from cases import cases_of
from run import NO_FAMILIES


def without_defaults(value):
    """Keras writes much that says nothing; without it more of a file's bytes matter."""
    if isinstance(value, list):
        return [without_defaults(one) for one in value]
    if not isinstance(value, dict):
        return value
    silent = {"registered_name", "build_config", "module", "sparse", "ragged", "optional", "synchronized", "trainable"}
    return {key: without_defaults(one) for key, one in value.items() if key not in silent and one is not None}


def models():
    for file in sorted(FOLDER.glob("*.py")):
        if file.stem in NO_FAMILIES:
            continue
        for layer in importlib.import_module(file.stem).LAYERS:
            cases = cases_of(layer)
            made = object.__new__(reference.Reference)
            made.case = cases[len(cases) // 2]
            yield json.loads(made.make_model().to_json())


def main():
    lines = []
    for number, model in enumerate(models()):
        model.pop("keras_version", None)
        model.pop("compile_config", None)
        line = json.dumps(model if number % 4 == 0 else without_defaults(model), separators=(",", ":"))
        if line not in lines:
            lines.append(line)
    (HERE / "architectures.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} models, {sum(map(len, lines))} bytes")


if __name__ == "__main__":
    main()
