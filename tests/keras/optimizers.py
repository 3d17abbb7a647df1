"""Optimizers and learning-rate schedules against real Keras.

    optimizers.py --probe build/release/tests/keras/optimizer_probe [--only Muon] [--verbose]

For each optimizer and each of its options: twenty steps with given gradients, in ktrain (float32), in Keras in float64
and in Keras in float32. Compared are the weights, every optimizer variable in Keras's order, and the configuration after
a round trip through ktrain. A difference is max|a - b| / max(max|b|, 1e-3) of a tensor; beyond the tolerance it counts as
equal only where Keras in float32 is as far from Keras in float64.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "numpy")  # the same formulas as JAX's, without a compilation a step
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")

try:
    import keras
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

STEPS = 20
TOLERANCE = 1e-5
SHAPES = {
    "conv2d/kernel": (2, 2, 3, 4),
    "conv2d/bias": (4,),
    "dense/kernel": (6, 5),
    "dense/bias": (5,),
    "embedding/embeddings": (7, 3),
    "tall/kernel": (9, 4),
    "scale/gain": (),
}
COSINE = {
    "module": "keras.optimizers.schedules",
    "class_name": "CosineDecay",
    "config": {"initial_learning_rate": 0.02, "decay_steps": 15, "alpha": 0.1, "warmup_target": 0.05, "warmup_steps": 4,
               "name": "CosineDecay"},
    "registered_name": None,
}
COMMON = {
    "plain": {},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 1.5},
    "clipvalue": {"clipvalue": 0.3},
    "weight_decay": {"weight_decay": 0.05},
    "no weight_decay": {"weight_decay": None},
    "excluded": {"weight_decay": 0.05, "exclude_from_weight_decay": ["bias", "gain"]},
    "use_ema": {"use_ema": True, "ema_momentum": 0.9},
    "finalized": {"use_ema": True, "ema_momentum": 0.9, "finalize": True},
    "ema overwrites": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    "scheduled": {"learning_rate": COSINE},
    "accumulated": {"gradient_accumulation_steps": 3},
    "accumulated, all": {"gradient_accumulation_steps": 4, "use_ema": True, "ema_overwrite_frequency": 2,
                         "weight_decay": 0.02, "clipnorm": 0.4, "learning_rate": COSINE},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
}
BETAS = [{"beta_1": 0.8}, {"beta_2": 0.9}]
EPSILON = [{"epsilon": 1e-3}]
OWN = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "RMSprop": EPSILON + [{"rho": 0.7}, {"momentum": 0.9}, {"centered": True}, {"momentum": 0.8, "centered": True}],
    "Adam": BETAS + EPSILON + [{"amsgrad": True}, {"beta_1": 0.0}],
    "AdamW": BETAS + EPSILON + [{"amsgrad": True}],
    "Adadelta": EPSILON + [{"rho": 0.8}],
    "Adagrad": EPSILON + [{"initial_accumulator_value": 0.5}, {"initial_accumulator_value": 0.0}],
    "Adamax": BETAS + EPSILON,
    "Nadam": BETAS + EPSILON,
    "Ftrl": [{"learning_rate_power": -0.7}, {"learning_rate_power": 0.0}, {"initial_accumulator_value": 0.4},
             {"l1_regularization_strength": 0.3}, {"l2_regularization_strength": 0.5},
             {"l2_shrinkage_regularization_strength": 0.2}, {"beta": 0.3}],
    "Lion": BETAS,
    "Lamb": BETAS + EPSILON,
    "Adafactor": [{"beta_2_decay": -0.5}, {"epsilon_1": 1e-2}, {"epsilon_2": 0.5}, {"clip_threshold": 0.3},
                  {"relative_step": False}, {"learning_rate": 0.5}, {"learning_rate": 0.5, "relative_step": False}],
    "Muon": EPSILON + [{"momentum": 0.7}, {"nesterov": False}, {"ns_steps": 3}, {"rms_rate": None}, {"rms_rate": 0.5},
                       {"muon_a": 3.0, "muon_b": -4.0, "muon_c": 1.8}, {"adam_lr_ratio": 0.1}, {"adam_beta_1": 0.8},
                       {"adam_beta_2": 0.9}, {"adam_weight_decay": 0.1}, {"adam_weight_decay": None},
                       {"exclude_embeddings": False}, {"exclude_layers": ["tall", "^dense/k"]}],
    "ScheduleFreeAdamW": BETAS + EPSILON + [{"warmup_steps": 6}],
}
# Steps that move the weights: the defaults are so small that a mistake would hide in the weights' size.
LEARNING_RATES = {"Adadelta": 1.0, "SGD": 0.1}
SCHEDULES = {
    "ExponentialDecay": [{"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5},
                         {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True}],
    "PiecewiseConstantDecay": [{"boundaries": [2, 5], "values": [1.0, 0.5, 0.1]},
                               {"boundaries": [7], "values": [0.5, 0.25]}],
    "PolynomialDecay": [{"initial_learning_rate": 0.1, "decay_steps": 5}, {"initial_learning_rate": 0.1, "decay_steps": 7,
                         "end_learning_rate": 0.01, "power": 2.0}, {"initial_learning_rate": 0.1, "decay_steps": 5,
                         "end_learning_rate": 0.01, "cycle": True}],
    "InverseTimeDecay": [{"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
                         {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}],
    "CosineDecay": [{"initial_learning_rate": 0.1, "decay_steps": 6}, {"initial_learning_rate": 0.1, "decay_steps": 6,
                     "alpha": 0.2}, {"initial_learning_rate": 0.0, "decay_steps": 6, "alpha": 0.1, "warmup_target": 0.1,
                     "warmup_steps": 3}, {"initial_learning_rate": 0.1, "decay_steps": 6, "warmup_steps": 3}],
    "CosineDecayRestarts": [{"initial_learning_rate": 0.1, "first_decay_steps": 3, "t_mul": 2.0, "m_mul": 0.5},
                            {"initial_learning_rate": 0.1, "first_decay_steps": 5},
                            {"initial_learning_rate": 0.1, "first_decay_steps": 3, "t_mul": 1.0, "alpha": 0.1}],
}


def cases(only):
    for name, own in OWN.items():
        if only and name not in only:
            continue
        everything = list(COMMON.items()) + [(", ".join(f"{k}={v}" for k, v in one.items()), one) for one in own]
        for title, arguments in everything:
            if name == "AdamW" and title == "no weight_decay":
                continue  # Keras takes none
            yield name, title, {"learning_rate": LEARNING_RATES.get(name, 0.02), **arguments}


def make_optimizer(name, arguments):
    """Keras's optimizer, and whether it is finalized at the end."""
    arguments = dict(arguments)
    finalize = arguments.pop("finalize", False)
    excluded = arguments.pop("exclude_from_weight_decay", None)
    if isinstance(arguments["learning_rate"], dict):
        arguments["learning_rate"] = keras.saving.deserialize_keras_object(arguments["learning_rate"])
    optimizer = getattr(keras.optimizers, name)(**arguments)
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=excluded)
    return optimizer, finalize


def start():
    """Values and gradients that float32 holds exactly; some gradients are large, some variables get none at times."""
    random = np.random.default_rng(7)
    values = {name: random.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
    gradients = [{name: (random.normal(size=shape) * 10 ** random.uniform(-2, 0.5)).astype("float32")
                  for name, shape in SHAPES.items()} for _ in range(STEPS)]
    return values, gradients


def let_keras_compute_in_float64():
    """Keras turns float64 into float32 in most operations, except on JAX and TensorFlow."""
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    keras.config.set_floatx("float64")
    if keras.ops.square(keras.ops.convert_to_tensor(np.ones(1))).dtype != "float64":
        raise RuntimeError("this Keras cannot be made to compute in float64")


def run_keras(name, arguments, values, gradients, dtype):
    keras.config.set_floatx(dtype)
    optimizer, finalize = make_optimizer(name, arguments)
    variables = []
    for path, value in values.items():
        scope, leaf = path.split("/")
        with keras.name_scope(scope):
            variables.append(keras.Variable(value.astype(dtype), dtype=dtype, name=leaf))
    assert [v.path for v in variables] == list(values)
    optimizer.build(variables)
    scale = arguments.get("loss_scale_factor") or 1
    for step in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(step[path].astype(dtype) * scale) for path in values], variables)
    if finalize:
        optimizer.finalize_variable_values(variables)
    scheduled = isinstance(arguments["learning_rate"], dict)
    return ([np.asarray(v) for v in variables], [np.asarray(v) for v in optimizer.variables[1 if scheduled else 2:]],
            int(optimizer.variables[0]))


def difference(a, b):
    return float(np.max(np.abs(a - b), initial=0) / max(np.max(np.abs(b), initial=0), 1e-3))


def worst(tensors, reference):
    differences = [difference(np.asarray(a, "float64"), np.asarray(b, "float64")) for a, b in zip(tensors, reference)]
    return max(differences, default=0.0) if all(map(math.isfinite, differences)) else math.inf


def of_results(lists, shapes):
    return [np.array(values, "float64").reshape(shape) for values, shape in zip(lists, shapes)]


def same_config(ours, theirs):
    if isinstance(theirs, dict):
        return set(ours) <= set(theirs) and all(
            same_config(ours.get(k), v) if k in ours else v is None or k in ("shared_object_id",) for k, v in theirs.items())
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same_config, ours, theirs))
    if isinstance(theirs, float) or isinstance(ours, float):
        return ours is not None and theirs is not None and math.isclose(ours, theirs, rel_tol=1e-6) and (
            isinstance(ours, float) or not isinstance(theirs, float))
    return ours == theirs


def check_config(name, arguments, written):
    """The object that ktrain writes says the same as Keras's, and Keras takes it."""
    keras.config.set_floatx("float32")
    optimizer, _ = make_optimizer(name, arguments)
    theirs = keras.saving.serialize_keras_object(optimizer)
    if name == "ScheduleFreeAdamW" or name == "Muon":
        for key in ("adam_lr_ratio",):
            if key in theirs["config"]:
                theirs["config"][key] = float(theirs["config"][key])
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(written)))
    theirs["config"]["name"] = written["config"]["name"]
    return same_config(written, theirs) and type(again) is type(optimizer)


def check_optimizers(probe, only, verbose):
    values, gradients = start()
    todo = list(cases(only))
    requests = []
    for name, _, arguments in todo:
        config = {k: v for k, v in arguments.items() if k != "finalize"}
        requests.append({
            "optimizer": {"module": "keras.optimizers", "class_name": name, "config": config, "registered_name": None},
            "parameters": [{"name": path, "shape": list(value.shape), "values": value.ravel().tolist()}
                           for path, value in values.items()],
            "gradients": [np.concatenate([step[path].ravel() for path in values]).tolist() for step in gradients],
            "finalize": arguments.get("finalize", False)})
    results = probe({"optimizers": requests, "schedules": []})["optimizers"]
    failures = 0
    table = {}
    for (name, title, arguments), result in zip(todo, results):
        weights, slots, iteration = run_keras(name, arguments, values, gradients, "float64")
        rough_weights, rough_slots, _ = run_keras(name, arguments, values, gradients, "float32")
        offsets = np.cumsum([0] + [v.size for v in values.values()])
        ours = [np.array(result["values"][a:b], "float64").reshape(v.shape)
                for a, b, v in zip(offsets, offsets[1:], values.values())]
        shapes = [tuple(v["shape"]) for v in result["variables"]]
        same_variables = shapes == [s.shape for s in slots] and result["iteration"] == iteration
        of_weights = worst(ours, weights)
        of_slots = math.inf
        if same_variables:
            of_slots = worst(of_results([v["values"] for v in result["variables"]], shapes), slots)
        keras_weights, keras_slots = worst(rough_weights, weights), worst(rough_slots, slots)
        good_config = check_config(name, arguments, result["config"])
        moved = worst(list(values.values()), weights)
        good = (of_weights <= max(TOLERANCE, 1.5 * keras_weights) and of_slots <= max(TOLERANCE, 1.5 * keras_slots)
                and good_config and moved > 1e-4)
        failures += not good
        row = table.setdefault(name, [0, 0.0, 0.0, 0.0, 0.0, 0])
        row[0] += 1
        row[1:5] = [max(a, b) for a, b in zip(row[1:5], (of_weights, of_slots, keras_weights, keras_slots))]
        row[5] += not good
        if verbose or not good:
            print(f"{'ok  ' if good else 'FAIL'} {name:18} {title:40} weights {of_weights:.1e} (Keras float32 "
                  f"{keras_weights:.1e})  variables {of_slots:.1e} ({keras_slots:.1e})"
                  f"{'' if same_variables else '  OTHER VARIABLES'}{'' if good_config else '  OTHER CONFIG'}"
                  f"{'' if moved > 1e-4 else '  DID NOT MOVE'}")
    print(f"{'optimizer':20}{'cases':>6}{'weights':>10}{'variables':>11}   Keras float32: weights  variables  failures")
    for name, row in table.items():
        print(f"{name:20}{row[0]:6}{row[1]:10.1e}{row[2]:11.1e}{row[3]:26.1e}{row[4]:11.1e}{row[5]:10}")
    return failures


def check_schedules(probe):
    keras.config.set_floatx("float64")
    todo = [(name, arguments) for name, several in SCHEDULES.items() for arguments in several]
    objects = [getattr(keras.optimizers.schedules, name)(**arguments) for name, arguments in todo]
    iterations = list(range(41))
    requests = [{"schedule": keras.saving.serialize_keras_object(one), "iterations": iterations} for one in objects]
    results = probe({"optimizers": [], "schedules": requests})["schedules"]
    failures = 0
    for (name, arguments), schedule, result in zip(todo, objects, results):
        theirs = [float(schedule(keras.ops.convert_to_tensor(i, dtype="int32"))) for i in iterations]
        distance = difference(np.array(result["values"]), np.array(theirs))
        again = keras.saving.deserialize_keras_object(json.loads(json.dumps(result["config"])))
        good = distance <= 1e-6 and again.get_config() == schedule.get_config()
        failures += not good
        print(f"{'ok  ' if good else 'FAIL'} {name:24}{distance:10.1e}  {arguments}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()

    def probe(request):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/cases.json", "w") as file:
                json.dump(request, file)
            subprocess.run([options.probe, f"{folder}/cases.json", f"{folder}/results.json"], check=True)
            with open(f"{folder}/results.json") as file:
                return json.load(file)

    print(f"Keras {keras.__version__}, {keras.config.backend()}")
    let_keras_compute_in_float64()
    failures = check_optimizers(probe, options.only, options.verbose) + check_schedules(probe)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
