#!/usr/bin/env python3
"""Losses and metrics of ktrain against real Keras (3.15.1, JAX, float64): every class with its arguments, without
weights, with sample weights, with class weights, with both, with a mask, with sample weights and a mask. Values to 1e-6,
gradients of losses to 1e-5 of the largest. Class weights go through ktrain's own and Keras's own
class_weight_to_sample_weights, on samples of one class each; Keras 3 does not take them together with sample weights,
whose product Keras 2 takes.

The objects go to the probe as Keras serializes them, so that the readers of compile_config are checked, too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "jax"
try:
    import jax
    import keras
    import numpy as np
    from keras.src import backend
    from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights
except ImportError:
    print("no Keras with JAX: skipped")
    sys.exit(77)

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
L, M = keras.losses, keras.metrics
RANDOM = np.random.default_rng(7)
VALUES, GRADIENTS = 1e-6, 1e-5
CLASS_WEIGHTS = {0: 0.5, 1: 3.0, 3: 0.0}


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def probabilities(*shape):
    raised = np.exp(RANDOM.normal(size=shape))
    return (raised / raised.sum(-1, keepdims=True)).astype("float32")


def fractions(*shape):
    return RANDOM.uniform(0.02, 0.98, size=shape).astype("float32")


def bits(*shape):
    return (RANDOM.uniform(size=shape) < 0.4).astype("float32")


def classes(count, *shape):
    return RANDOM.integers(0, count, size=shape)


def one_hot(count, *shape):
    return np.eye(count, dtype="float32")[classes(count, *shape)]


class Case:
    """An object with data for predictions (N, T, C): (N, C) stands for T = 1 without its axis."""

    def __init__(self, make, target, prediction, title="", weights=("none", "sample", "mask", "both"), tolerance=1.0):
        self.make, self.target, self.prediction = make, target, prediction
        self.title, self.weights, self.tolerance = title, list(weights), tolerance
        if "sample" in weights:
            self.weights += [kind for kind in ("mask", "class", "class and sample") if kind not in weights]
        elif "sample-1" in weights or "whole" in weights:
            self.weights += ["class"]

    def of_one_class(self):
        """Samples of one class each: of sequences the first step; None where a sample has none."""
        target, prediction = self.target, self.prediction
        if prediction.ndim == 3 and target.ndim == prediction.ndim:
            return Case(self.make, target[:, 0], prediction[:, 0], self.title)
        if prediction.ndim == 3 and np.issubdtype(target.dtype, np.integer) and target.ndim == 2:
            return Case(self.make, target[:, 0], prediction[:, 0], self.title)
        if target.ndim == 2 and target.shape == prediction.shape and np.issubdtype(target.dtype, np.integer):
            return Case(self.make, target[:, 0], prediction[:, 0], self.title)  # classes against classes
        return self if target.ndim <= 2 and prediction.ndim <= 2 else None


def loss_cases():
    n, t, c = 6, 5, 4
    plain = [L.MeanSquaredError, L.MeanAbsoluteError, L.LogCosh]
    for cls in plain:
        yield Case(cls, normal(n, t, c), normal(n, t, c))
    for reduction in ["sum", "mean", "mean_with_sample_weight"]:
        yield Case(lambda r=reduction: L.MeanSquaredError(reduction=r), normal(n, t, c), normal(n, t, c), reduction)
        yield Case(lambda r=reduction: L.SparseCategoricalCrossentropy(reduction=r, ignore_class=1),
                   classes(c, n, t), probabilities(n, t, c), reduction)
    yield Case(L.MeanSquaredError, normal(n), normal(n, 1), "(N,) against (N, 1)", weights=("none", "sample"))
    yield Case(L.MeanSquaredError, normal(n, 2, 3, c), normal(n, 2, 3, c), "images", weights=("none", "sample"))
    yield Case(L.Huber, normal(n, t, c), normal(n, t, c))
    yield Case(lambda: L.Huber(delta=0.4), normal(n, t, c), normal(n, t, c), "delta")
    yield Case(L.MeanAbsolutePercentageError, normal(n, t, c) + 3, normal(n, t, c))
    yield Case(L.MeanSquaredLogarithmicError, fractions(n, t, c), normal(n, t, c))
    yield Case(L.Poisson, fractions(n, t, c), fractions(n, t, c))
    yield Case(L.KLDivergence, probabilities(n, t, c), probabilities(n, t, c))
    for cls in [L.Hinge, L.SquaredHinge, L.CategoricalHinge]:
        yield Case(cls, bits(n, t, c), normal(n, t, c), "targets 0 and 1")
        yield Case(cls, bits(n, t, c) * 2 - 1, normal(n, t, c), "targets -1 and 1")
    yield Case(L.CosineSimilarity, normal(n, t, c), normal(n, t, c))
    for logits in [False, True]:
        p = normal(n, t, c) * 2 if logits else fractions(n, t, c)
        q = normal(n, t, c) * 2 if logits else probabilities(n, t, c) * 3
        for smoothing in [0.0, 0.2]:
            common = {"from_logits": logits, "label_smoothing": smoothing}
            yield Case(lambda k=common: L.BinaryCrossentropy(**k), bits(n, t, c), p)
            yield Case(lambda k=common: L.BinaryCrossentropy(axis=1, **k), bits(n, t, c), p, weights=("none",))
            yield Case(lambda k=common: L.CategoricalCrossentropy(**k), one_hot(c, n, t), q)
            yield Case(lambda k=common: L.CategoricalCrossentropy(axis=1, **k), one_hot(c, n, t), q, weights=("none",))
            yield Case(lambda k=common: L.CategoricalCrossentropy(axis=2, **k), one_hot(c, n, t), q)
            yield Case(lambda k=common: L.BinaryFocalCrossentropy(gamma=1.5, **k), bits(n, t, c), p)
            yield Case(lambda k=common: L.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, **k),
                       bits(n, t, c), p)
            yield Case(lambda k=common: L.CategoricalFocalCrossentropy(gamma=3.0, **k), one_hot(c, n, t), q)
            yield Case(lambda k=common: L.CategoricalFocalCrossentropy(alpha=0.4, axis=1, **k), one_hot(c, n, t), q,
                       weights=("none",))
        for ignored in [None, 2]:
            yield Case(lambda i=ignored, l=logits: L.SparseCategoricalCrossentropy(from_logits=l, ignore_class=i),
                       classes(c, n, t), q)
    yield Case(lambda: L.SparseCategoricalCrossentropy(ignore_class=-1), classes(c + 1, n, t) - 1, probabilities(n, t, c))
    yield Case(L.SparseCategoricalCrossentropy, classes(c, n), probabilities(n, c), weights=("none", "sample"))
    yield Case(L.CategoricalGeneralizedCrossEntropy, classes(c, n), probabilities(n, c), weights=("none", "sample"))
    for cls in [L.Dice, L.Tversky]:
        yield Case(cls, bits(n, t, c), fractions(n, t, c), weights=("none", "sample-1"))
        yield Case(lambda k=cls: k(reduction="sum"), bits(n, t, c), fractions(n, t, c), "sum", weights=("none", "sample-1"))
        yield Case(lambda k=cls: k(axis=[1, 2]), bits(n, t, c), fractions(n, t, c), "axis 1, 2", weights=("none", "sample-1"))
        yield Case(lambda k=cls: k(axis=[1]), bits(n, t, c), fractions(n, t, c), "axis 1", weights=("none",))
    yield Case(lambda: L.Tversky(alpha=0.2, beta=0.9), bits(n, t, c), fractions(n, t, c), weights=("none",))
    for arguments in [{}, {"gamma": 3.0}, {"margin": 0.1}, {"remove_diagonal": False, "gamma": 5.0},
                      {"reduction": "sum"}, {"reduction": "mean_with_sample_weight", "gamma": 10.0}]:
        embeddings = normal(9, c)
        embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
        yield Case(lambda k=arguments: L.Circle(**k), np.array([0, 1, 2, 1, 0, 2, 2, 1, 0]), embeddings, str(arguments))
    labels = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1], [1, 1, 0], [0, 0, 0], [3, 1, 3]])
    yield Case(L.CTC, labels, normal(6, 7, 4), weights=("none", "sample-1"))


def metric_cases():
    n, t, c = 8, 5, 4
    means = [(M.MeanSquaredError, normal, normal), (M.MeanAbsoluteError, normal, normal),
             (M.MeanAbsolutePercentageError, fractions, normal), (M.MeanSquaredLogarithmicError, fractions, normal),
             (M.LogCoshError, normal, normal), (M.CosineSimilarity, normal, normal), (M.Hinge, bits, normal),
             (M.SquaredHinge, bits, normal), (M.CategoricalHinge, bits, normal), (M.Poisson, fractions, fractions),
             (M.KLDivergence, probabilities, probabilities), (M.BinaryCrossentropy, bits, fractions),
             (M.CategoricalCrossentropy, probabilities, probabilities), (M.PearsonCorrelation, normal, normal),
             (M.ConcordanceCorrelation, normal, normal), (M.BinaryAccuracy, bits, fractions),
             (M.RootMeanSquaredError, normal, normal), (M.Accuracy, bits, bits)]
    for cls, target, prediction in means:
        yield Case(cls, target(n, t, c), prediction(n, t, c))
    yield Case(lambda: M.BinaryAccuracy(threshold=0.3), bits(n, t, c), fractions(n, t, c))
    yield Case(lambda: M.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), bits(n, t, c), normal(n, t, c))
    yield Case(lambda: M.CategoricalCrossentropy(from_logits=True, axis=1), one_hot(c, n, t), normal(n, t, c), weights=("none",))
    yield Case(lambda: M.CosineSimilarity(axis=1), normal(n, t, c), normal(n, t, c), weights=("none",))
    for ignored in [None, 1]:
        yield Case(lambda i=ignored: M.SparseCategoricalCrossentropy(ignore_class=i), classes(c, n, t), probabilities(n, t, c))
    yield Case(M.CategoricalAccuracy, one_hot(c, n, t), probabilities(n, t, c))
    yield Case(M.SparseCategoricalAccuracy, classes(c, n, t), probabilities(n, t, c))
    yield Case(lambda: M.TopKCategoricalAccuracy(k=2), one_hot(c, n, t), probabilities(n, t, c))
    yield Case(lambda: M.SparseTopKCategoricalAccuracy(k=2), classes(c, n, t), probabilities(n, t, c))
    yield Case(lambda: M.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), classes(c, n),
               np.argsort(normal(n, c)).astype("float32"), weights=("none", "sample"))
    for word in ["accuracy", "acc", "mse", "AUC", "f1_score", "r2_score"]:
        yield Case(word, one_hot(c, 30), probabilities(30, c), weights=("none", "sample"))
    for cls in [M.TruePositives, M.FalsePositives, M.TrueNegatives, M.FalseNegatives, M.Precision, M.Recall]:
        for thresholds in [None, 0.3, [0.1, 0.7], [0.0, 0.5, 1.0]]:
            yield Case(lambda k=cls, x=thresholds: k(thresholds=x), bits(n, t, c), fractions(n, t, c), str(thresholds),
                       weights=("none", "sample"))
    for cls in [M.Precision, M.Recall]:
        yield Case(lambda k=cls: k(top_k=2), bits(n, c), fractions(n, c), "top_k", weights=("none", "sample"))
        yield Case(lambda k=cls: k(class_id=1), bits(n, c), fractions(n, c), "class_id", weights=("none", "sample"))
        yield Case(lambda k=cls: k(class_id=1, top_k=2, thresholds=0.4), bits(n, c), fractions(n, c),
                   "class_id, top_k", weights=("none", "sample"))
    for cls in [M.SensitivityAtSpecificity, M.SpecificityAtSensitivity, M.PrecisionAtRecall, M.RecallAtPrecision]:
        for count in [200, 5, 1]:
            yield Case(lambda k=cls, x=count: k(0.6, num_thresholds=x), bits(40), fractions(40), f"{count} thresholds",
                       weights=("none", "sample"))
        yield Case(lambda k=cls: k(0.6, class_id=2), bits(40, c), fractions(40, c), "class_id", weights=("none", "sample"))
    for curve in ["ROC", "PR", "PRGAIN"]:
        for method in ["interpolation", "majoring", "minoring"]:
            for extra in [{}, {"num_thresholds": 7}, {"thresholds": [0.2, 0.5, 0.9]}, {"multi_label": True},
                          {"multi_label": True, "num_labels": c, "label_weights": [0.1, 0.4, 0.2, 0.9]},
                          {"label_weights": [0.1, 0.4, 0.2, 0.9]}]:
                yield Case(lambda k={"curve": curve, "summation_method": method, **extra}: M.AUC(**k), bits(30, c),
                           fractions(30, c), str(list(extra)), weights=("none", "sample"))
    yield Case(lambda: M.AUC(from_logits=True), bits(30, c), normal(30, c), "from_logits", weights=("none",))
    for average in [None, "micro", "macro", "weighted"]:
        for threshold in [None, 0.3]:
            yield Case(lambda a=average, x=threshold: M.F1Score(average=a, threshold=x), one_hot(c, 20),
                       probabilities(20, c), f"{average} {threshold}", weights=("none", "sample"))
            yield Case(lambda a=average, x=threshold: M.FBetaScore(average=a, threshold=x, beta=2.0), one_hot(c, 20),
                       probabilities(20, c), f"{average} {threshold}", weights=("none", "sample"))
    for aggregation in [None, "uniform_average", "variance_weighted_average"]:
        for regressors in [0, 3]:
            if regressors and aggregation is None:
                continue
            yield Case(lambda a=aggregation, r=regressors: M.R2Score(class_aggregation=a, num_regressors=r),
                       normal(20, c), normal(20, c), f"{aggregation} {regressors}", weights=("none", "sample"))
    sparse = {"num_classes": c}
    ids = {"target_class_ids": [0, 2]}
    yield Case(lambda: M.IoU(**sparse, **ids), classes(c, n, t), classes(c, n, t).astype("float32"), weights=("none", "whole"))
    yield Case(lambda: M.IoU(**sparse, **ids, sparse_y_pred=False, ignore_class=2), classes(c, n, t), probabilities(n, t, c),
               weights=("none", "whole"))
    yield Case(lambda: M.MeanIoU(**sparse, dtype="float32"), classes(c, n, t), classes(c, n, t).astype("float32"),
               weights=("none", "timestep"))
    yield Case(lambda: M.MeanIoU(**sparse, sparse_y_true=False, sparse_y_pred=False), one_hot(c, n, t),
               probabilities(n, t, c), weights=("none", "whole"))
    yield Case(lambda: M.BinaryIoU(target_class_ids=[1], threshold=0.3), classes(2, n, t), fractions(n, t),
               weights=("none", "whole"))
    yield Case(M.BinaryIoU, classes(2, n, t), fractions(n, t), weights=("none",))
    yield Case(lambda: M.OneHotIoU(**sparse, **ids), one_hot(c, n, t), probabilities(n, t, c), weights=("none",))
    yield Case(lambda: M.OneHotMeanIoU(**sparse), one_hot(c, n, t), probabilities(n, t, c), weights=("none",))


def weights_of(kind, case):
    """(sample weights, mask) that Keras broadcasts over values of the prediction without its last axis."""
    shape = case.prediction.shape[:-1] if case.prediction.ndim > 1 else case.prediction.shape
    weight = RANDOM.uniform(0.2, 2, size=shape).astype("float32")
    if kind == "none":
        return None, None
    if kind == "sample":
        return weight, None
    if kind == "sample-1":
        return weight.reshape(len(weight), -1)[:, 0], None
    if kind in ("timestep", "whole"):
        whole = RANDOM.integers(0, 3, size=case.target.shape[:2]).astype("float32")
        return (whole if kind == "whole" else whole + 0.5), None
    mask = RANDOM.uniform(size=shape) < 0.6
    return (None if kind == "mask" else weight), mask


def weighed(weight, class_weight, target):
    if class_weight is None:
        return weight
    of_class = class_weight_to_sample_weights(target, class_weight)
    return of_class if weight is None else weight * of_class


def masked(prediction, mask):
    tensor = jax.numpy.asarray(prediction, "float64")
    if mask is not None:
        backend.set_keras_mask(tensor, jax.numpy.asarray(mask))
    return tensor


def keras_loss(loss, case, weight, mask):
    def value(p):
        if mask is not None:
            backend.set_keras_mask(p, jax.numpy.asarray(mask))
        return loss(case.target, p, sample_weight=weight)

    p = jax.numpy.asarray(case.prediction, "float64")
    return float(value(masked(p, mask))), np.asarray(jax.grad(value)(p))


def keras_metric(metric, case, weight, mask):
    if isinstance(metric, str):
        from keras.src.trainers.compile_utils import get_metric
        metric = get_metric(metric, case.target, case.prediction)
    metric.update_state(case.target, masked(case.prediction, mask), sample_weight=weight)
    return np.atleast_1d(np.asarray(metric.result(), "float64"))


def array(values):
    if values is None:
        return None
    values = np.asarray(values)
    whole = values.dtype.kind == "i"
    data = values.astype("int64" if whole else "float32")
    return {"shape": list(data.shape), "dtype": str(data.dtype), "data": data.ravel().tolist()}


def serialized(thing, case):
    """As compile_config has it; with the arguments that Keras 3.15 forgets (they are read, too)."""
    if isinstance(thing, str):
        return thing
    value = keras.saving.serialize_keras_object(thing)
    kwargs = getattr(thing, "_fn_kwargs", {})
    for key in ("axis", "delta"):
        if key in kwargs and key not in value["config"]:
            value["config"][key] = kwargs[key]
    if value["config"].get("dtype") is not None and thing.__class__.__name__.find("IoU") < 0:
        value["config"]["dtype"] = "float32"
    return value


def compare(probe):
    cases, expected = [], []
    for kind, generator in [("loss", loss_cases()), ("metric", metric_cases())]:
        for case in generator:
            for weights in case.weights:
                thing = case.make if isinstance(case.make, str) else case.make()
                given, class_weight = case, None
                if weights.startswith("class"):
                    given, class_weight = case.of_one_class(), CLASS_WEIGHTS
                    if given is None:
                        continue
                weight, mask = weights_of({"class": "none", "class and sample": "sample-1"}.get(weights, weights), given)
                name = thing if isinstance(thing, str) else type(thing).__name__
                run = keras_loss if kind == "loss" else keras_metric
                try:
                    reference = run(thing, given, weighed(weight, class_weight, given.target), mask)
                except Exception as error:  # a combination that Keras refuses
                    print(f"Keras refuses {name} {case.title} {weights}: {str(error)[:80]}")
                    continue
                cases.append({"kind": kind, "object": serialized(thing, given), "prediction": array(given.prediction),
                              "target": array(given.target), "weight": array(weight),
                              "class_weight": None if class_weight is None else list(class_weight.items()),
                              "mask": None if mask is None else array(mask.astype("float32"))})
                expected.append((kind, name, case, weights, reference))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(cases, file)
        file.flush()
        lines = subprocess.run([probe, file.name], check=True, capture_output=True, text=True).stdout.splitlines()
    return [(e, json.loads(line)) for e, line in zip(expected, lines, strict=True)]


def differences(kind, reference, result):
    """(of the values, of the gradient), relative to 1 or what is larger."""
    if kind == "metric":
        values = np.asarray(result["values"], "float64")
        if values.shape != reference.shape:
            return float("inf"), 0.0
        same = np.isnan(values) & np.isnan(reference)
        scale = np.maximum(1, np.abs(reference))
        return float(np.max(np.where(same, 0, np.abs(values - reference) / scale))), 0.0
    value, gradient = reference
    off = abs(result["values"][0] - value) / max(1, abs(value))
    got = np.asarray(result["gradient"]).reshape(gradient.shape)
    return off, float(np.max(np.abs(got - gradient)) / max(np.max(np.abs(gradient)), 1e-3))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    results = compare(parser.parse_args().probe)
    worst, failures, columns = {}, 0, {}
    for (kind, name, case, weights, reference), result in results:
        columns[weights] = columns.get(weights, 0) + 1
        if "error" in result:
            print(f"FAILED {kind} {name} {case.title} {weights}: {result['error']}")
            failures += 1
            continue
        value, gradient = differences(kind, reference, result)
        if not (value <= VALUES and gradient <= GRADIENTS):
            shown = reference[0] if kind == "loss" else reference
            print(f"FAILED {kind} {name} {case.title} {weights}: value {value:.1e} gradient {gradient:.1e}; "
                  f"Keras {shown}, ktrain {result['values']}")
            failures += 1
        entry = worst.setdefault((kind, name), [0, 0.0, 0.0])
        entry[0] += 1
        entry[1], entry[2] = max(entry[1], value), max(entry[2], gradient)
    print(f"{'':7}{'class':38}{'cases':>6}{'value':>10}{'gradient':>10}")
    for (kind, name), (count, value, gradient) in worst.items():
        print(f"{kind:7}{name:38}{count:6}{value:10.1e}{gradient:10.1e}")
    print(f"{len(results)} cases {columns}, {failures} failed")
    return 1 if failures or not results else 0


if __name__ == "__main__":
    sys.exit(main())
